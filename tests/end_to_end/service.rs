//! `run` without an end of its own.

use crate::harness::{Scene, Script, count, get, sample, seed, until};

#[tokio::test]
async fn a_service_that_is_stopped_has_stored_all_it_took_and_reads_nothing_twice() {
    let scene = Scene::new(1, 4).await;
    let mut script = Script::new(seed(), &scene);
    let mut connection = scene.database.connect().await;

    let mut worker = scene.start(&["run"]);
    scene.broker.send(&script.mixed(1_000));
    until("the first records are stored", async || {
        scene.consumed(&mut connection).await == 1_000
    })
    .await;
    let address = worker.address().await;
    scene.broker.send(&script.plays(1));
    let visible = "ingest_ingest_to_visible_seconds";
    until("a lone record is stored and counted", async || {
        let (_, text) = get(address, "/metrics").unwrap();
        let plays = sample(&text, &format!("{visible}_count"), &["kind=\"play\"", "mode=\"live\""]);
        let events = script.sent().iter().filter_map(|sent| sent.as_event());
        let sent = events.filter(|event| event.kind().as_str() == "play").count();
        plays == count(sent)
    })
    .await;
    worker.stop().await;
    scene.check(script.sent()).await;

    // what Kafka was told is what PostgreSQL has
    for progress in scene.progress(&mut connection).await {
        assert_eq!(
            progress.next_offset,
            scene.broker.end(&progress.topic, progress.partition)
        );
        let committed = scene
            .broker
            .committed(&scene.group, &progress.topic, progress.partition);
        assert_eq!(committed.unwrap_or(0), progress.next_offset, "{progress:?}");
    }

    let worker = scene.start(&["run"]);
    scene.broker.send(&script.mixed(500));
    let all = count(script.sent().len());
    until("the rest is stored", async || {
        scene.consumed(&mut connection).await >= all
    })
    .await;
    worker.stop().await;
    scene.check(script.sent()).await;
}

#[tokio::test]
async fn a_stop_under_load_stores_what_was_taken_in_and_the_next_start_goes_on_there() {
    let mut scene = Scene::new(1, 2).await;
    scene.set("BATCH__MAX_ROWS", "50");
    let mut script = Script::new(seed(), &scene);
    scene.broker.send(&script.mixed(6_000));
    let mut connection = scene.database.connect().await;
    let worker = scene.start(&["run"]);
    until("some of it is stored", async || {
        scene.consumed(&mut connection).await > 0
    })
    .await;
    worker.stop().await;
    assert!(
        scene.consumed(&mut connection).await < 6_000,
        "the stop came in the middle"
    );
    scene.catch_up().await;
    scene.check(script.sent()).await;
}
