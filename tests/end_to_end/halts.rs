//! Partitions that stand still, and what a person does about them with `positions`.

use crate::floods::faulty;
use crate::harness::{Form, Progress, Scene, Script, Sent, count, seed, until};
use audiohm_ingest::event::{Event, Reason};
use serde_json::Value;

pub(crate) fn plays(scene: &Scene, script: &mut Script, count: usize) -> Vec<Sent> {
    let of_topic = |script: &mut Script| Sent::event(&scene.topics[0], &Event::Play(script.play()), Form::Plain);
    (0..count).map(|_| of_topic(script)).collect()
}

async fn only(scene: &Scene) -> Progress {
    scene.progress(&mut scene.database.connect().await).await.remove(0)
}

async fn show(scene: &Scene) -> Value {
    let shown = scene.run(&["positions", "show", "--format", "json"]).await;
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    serde_json::from_str::<Value>(&shown.stdout).unwrap()[0].take()
}

/// The live ledger says of dead letters what the letters say.
async fn assert_letters_are_in_the_ledger(scene: &Scene) {
    let counted = "select count(*) from ingest.dead_letters where consumer_group = $1 and in_ledger";
    let counted = sqlx::query_scalar(counted).bind(&scene.group);
    let letters: i64 = counted.fetch_one(&mut scene.database.connect().await).await.unwrap();
    let progress = only(scene).await;
    assert_eq!((progress.dead_lettered, progress.consumed), (letters, progress.sum()));
}

/// Runs a command to its end; the exit code is right, and what it says holds this.
pub(crate) async fn run(scene: &Scene, line: &str, code: i32, says: &str) -> String {
    let finished = scene.run(&line.split(' ').collect::<Vec<_>>()).await;
    let told = finished.stderr + &finished.stdout;
    assert_eq!(finished.code, Some(code), "{line}: {told}");
    assert!(told.contains(says), "{line}: {told}");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_that_is_resumed_goes_on_under_a_running_worker_and_the_next_one_halts_again() {
    let scene = Scene::new(1, 1).await;
    scene.broker.send(&faulty(&scene, 700));
    let worker = scene.start(&["run"]);
    until("the partition stands still", async || {
        scene.consumed(&mut scene.database.connect().await).await == 500 && only(&scene).await.halted.is_some()
    })
    .await;
    let shown = show(&scene).await;
    assert_eq!(
        (&shown["next_offset"], &shown["log_end_offset"]),
        (&500.into(), &700.into())
    );
    assert_eq!((&shown["lag"], &shown["cause"]), (&200.into(), &"flood".into()));
    run(&scene, "positions show", 0, "stands still: flood: 500 records in a row").await;
    let stakes = "of the 200 offsets up to 700";
    run(&scene, "positions resume", 2, stakes).await;
    assert_eq!(only(&scene).await.next_offset, 500, "nobody agreed");
    run(&scene, "positions resume --yes", 0, stakes).await;
    until("the rest is let through", async || {
        scene.consumed(&mut scene.database.connect().await).await == 700
    })
    .await;
    run(
        &scene,
        "positions resume --yes",
        1,
        "no partition that is meant stands still",
    )
    .await;
    scene.broker.send(&faulty(&scene, 600));
    until("the next flood halts it again", async || {
        only(&scene).await.halted.is_some()
    })
    .await;
    assert_eq!(only(&scene).await.next_offset, 1_200);
    assert_letters_are_in_the_ledger(&scene).await;
    worker.stop().await;
}

#[tokio::test]
async fn after_a_gap_it_goes_on_with_the_oldest_record_there_is_and_says_how_many_are_lost() {
    let scene = Scene::new(1, 1).await;
    let mut script = Script::new(seed(), &scene);
    let (first, gone, last) = (
        plays(&scene, &mut script, 10),
        plays(&scene, &mut script, 20),
        plays(&scene, &mut script, 10),
    );
    scene.broker.send(&first);
    scene.catch_up().await;
    scene.broker.send(&[gone, last.clone()].concat());
    scene.broker.retain_from(&scene.topics[0], 0, 30).await;
    let why = "gap: the log begins at 30 and no longer holds the 20 records from 10 on";
    run(&scene, "run --until-caught-up", 1, why).await;
    run(&scene, "positions resume --yes", 0, "loses the 20 offsets from 10 on").await;
    scene.catch_up().await;
    scene.check(&[first, last].concat()).await;
}

#[tokio::test]
async fn what_does_not_exist_has_no_positions_and_says_so() {
    let scene = Scene::new(1, 2).await;
    let topic = &scene.topics[0];
    for command in ["show", "show --format json", "resume", "set --to latest"] {
        let line = format!("positions {command} --topic nowhere --partition 0");
        run(&scene, &line, 1, "there is no topic nowhere").await;
        let line = format!("positions {command} --topic {topic} --partition 2");
        run(&scene, &line, 1, &format!("no partition 2 is among those of {topic}")).await;
    }
    let shown = run(&scene, "positions show --partition 1", 0, topic).await;
    assert_eq!(shown.lines().count(), 3, "{shown}");
}

#[tokio::test]
async fn a_topic_that_was_made_anew_goes_on_at_its_beginning_and_the_letters_of_the_one_before_are_kept() {
    let scene = Scene::new(1, 1).await;
    let mut script = Script::new(seed(), &scene);
    let first = plays(&scene, &mut script, 10);
    scene.broker.send(&[first.clone(), faulty(&scene, 2)].concat());
    scene.catch_up().await;
    scene.broker.make_anew(&scene.topics[0], 1).await;
    let second = plays(&scene, &mut script, 5);
    let bad = vec![Sent::bad(&scene.topics[0], "something else", Reason::InvalidJson); 10];
    // longer than the one before, with faulty records where that had some
    scene.broker.send(&[second.clone(), bad.clone()].concat());
    run(&scene, "run --until-caught-up", 1, "mismatch: ").await;
    run(
        &scene,
        "positions resume",
        2,
        "keeps its 2 dead letters of records that the topic no longer holds, 2 of them not settled",
    )
    .await;
    run(&scene, "positions resume --yes", 0, "goes on at offset 0").await;
    scene.catch_up().await;
    scene.check_tables(&[first, second, bad].concat()).await;
    assert_letters_are_in_the_ledger(&scene).await;
    let kept = "select count(*) from ingest.dead_letters where starts_with(consumer_group, $1 || '.until-')";
    let kept = sqlx::query_scalar::<_, i64>(kept).bind(&scene.group);
    assert_eq!(kept.fetch_one(&mut scene.database.connect().await).await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_is_set_only_while_nobody_reads_it_and_within_the_log() {
    let scene = Scene::new(1, 1).await;
    let mut script = Script::new(seed(), &scene);
    let sent = [plays(&scene, &mut script, 20), faulty(&scene, 5)].concat();
    scene.broker.send(&sent);
    let worker = scene.start(&["run"]);
    until("all is stored", async || {
        scene.consumed(&mut scene.database.connect().await).await == count(sent.len())
    })
    .await;
    let moving = |to: &str| {
        format!(
            "positions set --topic {} --partition 0 --to {to} --yes",
            scene.topics[0]
        )
    };
    run(&scene, &moving("10"), 1, "stop them first").await;
    worker.stop().await;
    run(&scene, &moving("26"), 1, "its log goes from 0 to 25").await;
    run(&scene, &moving("soon"), 2, "expected an offset such as 4711").await;
    run(&scene, &moving("10"), 0, "reads the 15 offsets between again").await;
    assert_letters_are_in_the_ledger(&scene).await;
    scene.catch_up().await;
    scene.check_tables(&sent).await;
    assert_letters_are_in_the_ledger(&scene).await;
    run(&scene, &moving("earliest"), 0, "goes on at offset 0").await;
    run(&scene, &moving("latest"), 0, "leaves out the 25 offsets between").await;
    assert_eq!(only(&scene).await.next_offset, 25);
}
