//! Jobs: pausing, resuming, taking over, cancelling, and what a live worker shows of them.

use super::{done, number, status};
use crate::harness::{Scene, Script, count, get, sample, seed, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_pauses_at_sigterm_goes_on_where_it_was_and_a_live_worker_shows_it() {
    let mut scene = Scene::new(1, 3).await;
    scene.set("BATCH__MAX_WAIT", "20ms");
    let mut script = Script::new(seed(), &scene);
    scene.broker.send(&script.mixed(1_500));
    let mut live = scene.start(&["run"]);
    let mut connection = scene.database.connect().await;
    until("everything is stored", async || {
        scene.consumed(&mut connection).await == 1_500
    })
    .await;

    let mut job = scene.start(&["replay", "start", "--yes", "--name", "slow", "--rate", "60"]);
    until("the job makes headway", async || {
        assert!(job.is_alive(), "{}", job.log());
        done(&mut connection, "slow").await > 0
    })
    .await;
    let address = live.address().await;
    until("the live worker shows the job", async || {
        let (_, text) = get(address, "/metrics").unwrap();
        let name = ["name=\"slow\""];
        sample(&text, "ingest_replay_active", &name) == 1
            && (1..1_500).contains(&sample(&text, "ingest_replay_remaining_records", &name))
    })
    .await;
    job.terminate();
    let paused = job.finished().await;
    assert_eq!(paused.code, Some(75), "{}", paused.stderr);
    assert!(
        paused.stderr.contains("audiohm-ingest replay resume --name slow"),
        "{}",
        paused.stderr
    );
    let (before, row) = (done(&mut connection, "slow").await, status(&scene, "slow").await);
    assert_eq!(row["state"], "paused");
    assert!((1..1_500).contains(&before), "{before}");
    assert_eq!(number(&row, "done_records"), number(&row, "consumed"), "{row:#}");

    // the only job that is not over needs no name
    let resumed = scene.run(&["replay", "resume", "--rate", "100000"]).await;
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    let row = status(&scene, "slow").await;
    assert_eq!((row["state"].as_str(), number(&row, "consumed")), (Some("done"), 1_500));
    live.stop().await;
    scene.check(script.sent()).await;

    let again = scene.run(&["replay", "start", "--yes", "--name", "slow"]).await;
    assert_eq!(again.code, Some(1), "a name is given once: {}", again.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_on_one_job_the_first_stops_and_each_record_counts_once() {
    let mut scene = Scene::new(1, 2).await;
    scene.set("BATCH__MAX_WAIT", "20ms");
    let mut script = Script::new(seed(), &scene);
    scene.broker.send(&script.mixed(1_000));
    let mut connection = scene.database.connect().await;
    let mut first = scene.start(&["replay", "start", "--yes", "--name", "shared", "--rate", "200"]);
    until("the job makes headway", async || {
        done(&mut connection, "shared").await > 0
    })
    .await;
    let refused = scene.run(&["replay", "resume", "--name", "shared"]).await;
    assert_eq!(refused.code, Some(2), "nobody can be asked: {}", refused.stderr);
    assert!(
        refused.stderr.contains("another process seems to work on it"),
        "{}",
        refused.stderr
    );
    assert!(first.is_alive(), "{}", first.log());
    let second = scene
        .run(&["replay", "resume", "--yes", "--name", "shared", "--rate", "100000"])
        .await;
    assert_eq!(second.code, Some(0), "{}", second.stderr);
    let first = first.finished().await;
    assert_eq!(first.code, Some(1), "{}", first.stderr);
    assert!(
        first.stderr.contains("another process has taken over"),
        "{}",
        first.stderr
    );
    let job = status(&scene, "shared").await;
    assert_eq!(number(&job, "consumed"), count(script.sent().len()), "{job:#}");
    let rows: i64 =
        sqlx::query_scalar("select (select count(*) from listening_history) + (select count(*) from liked_tracks)")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(number(&job, "inserted") - number(&job, "removed"), rows, "{job:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_stops_wherever_it_runs_and_does_not_come_back() {
    let mut scene = Scene::new(1, 1).await;
    scene.set("BATCH__MAX_WAIT", "20ms");
    let mut script = Script::new(seed(), &scene);
    scene.broker.send(&script.plays(1_000));
    let mut connection = scene.database.connect().await;
    let job = scene.start(&["replay", "start", "--yes", "--name", "wrong", "--rate", "50"]);
    until("the job makes headway", async || {
        done(&mut connection, "wrong").await > 0
    })
    .await;
    let cancelled = scene.run(&["replay", "cancel", "--name", "wrong"]).await;
    assert_eq!(cancelled.code, Some(0), "{}", cancelled.stderr);
    let stopped = job.finished().await;
    assert_eq!(stopped.code, Some(1), "{}", stopped.stderr);
    assert!(stopped.stderr.contains("was cancelled"), "{}", stopped.stderr);
    let resumed = scene.run(&["replay", "resume", "--name", "wrong"]).await;
    assert_eq!(resumed.code, Some(1), "{}", resumed.stderr);
    let rows: i64 = sqlx::query_scalar("select count(*) from listening_history")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        rows,
        done(&mut connection, "wrong").await,
        "what is stored stays, and nothing else came"
    );
}
