//! Topics that were deleted and made anew: each command tells, and no replay takes the new records for the old ones.

use crate::floods::faulty;
use crate::halts::{plays, run};
use crate::harness::{Scene, Script, Sent, seed, until};
use audiohm_ingest::event::Reason;
use serde_json::Value;

/// A replay that was paused before it had read all of its range, and more than ten records of it.
async fn paused(scene: &Scene, name: &str) {
    let job = scene.start(&["replay", "start", "--yes", "--name", name, "--rate", "20"]);
    let done = "select coalesce(sum(next_offset - from_offset), 0)::bigint from ingest.replay_partitions";
    let mut connection = scene.database.connect().await;
    until("the job makes headway", async || {
        let done = sqlx::query_scalar::<_, i64>(done).fetch_one(&mut connection).await;
        done.unwrap() > 10
    })
    .await;
    job.terminate();
    let paused = job.finished().await;
    assert_eq!(paused.code, Some(75), "{}", paused.stderr);
}

/// The names of the replays with their states.
async fn jobs(scene: &Scene) -> Vec<(String, String, Option<String>)> {
    let all = sqlx::query_as("select name, state, detail from ingest.replays order by name");
    all.fetch_all(&mut scene.database.connect().await).await.unwrap()
}

/// The open letters of the group and of those set apart.
async fn open_letters(scene: &Scene) -> Vec<(bool, i64)> {
    let counted =
        "select consumer_group = $1, count(*) from ingest.dead_letters where state = 'open' group by 1 order by 1";
    let counted = sqlx::query_as(counted).bind(&scene.group);
    counted.fetch_all(&mut scene.database.connect().await).await.unwrap()
}

async fn json(scene: &Scene, line: &str, code: i32) -> Value {
    let args: Vec<&str> = line.split(' ').chain(["--format", "json"]).collect();
    let finished = scene.run(&args).await;
    assert_eq!(finished.code, Some(code), "{line}: {}", finished.stderr);
    serde_json::from_str(&finished.stdout).unwrap()
}

/// What the commands say that only look.
async fn assert_each_command_tells(scene: &Scene, why: &str) {
    let partition = format!("{}[0]: {why}", scene.topics[0]);
    run(scene, "check", 1, &partition).await;
    run(scene, "positions show", 0, why).await;
    assert_eq!(json(scene, "positions show", 0).await[0]["made_anew"], why);
    let plan = run(scene, "replay plan", 0, why).await;
    assert!(plan.contains("a replay does not begin over it"), "{plan}");
    assert_eq!(json(scene, "replay plan", 0).await["partitions"][0]["made_anew"], why);
    let checks = json(scene, "audit", 1).await["checks"].take();
    let positions = checks.as_array().unwrap().iter().find(|it| it["check"] == "positions");
    assert_eq!(positions.unwrap()["first"][0]["what"], why);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_made_anew_is_told_by_each_command_and_no_replay_reads_it_before_a_person_has_decided() {
    let mut scene = Scene::new(1, 1).await;
    scene.set("BATCH__MAX_WAIT", "20ms");
    let topic = scene.topics[0].clone();
    let mut script = Script::new(seed(), &scene);
    let first = plays(&scene, &mut script, 57);
    scene.broker.send(&[faulty(&scene, 3), first.clone()].concat());
    scene.catch_up().await;
    paused(&scene, "old").await;
    scene.broker.make_anew(&topic, 1).await;
    let bad = vec![Sent::bad(&topic, "something else", Reason::InvalidJson); 2];
    // longer than the one before: a play where that had its first faulty record, and faulty ones where it had the others
    let second = [plays(&scene, &mut script, 1), bad, plays(&scene, &mut script, 97)].concat();
    scene.broker.send(&second);

    let why = "at offset 59, where the last stored record was, the log holds another: the topic was made anew";
    assert_each_command_tells(&scene, why).await;
    for halted in [false, true] {
        let refused = run(
            &scene,
            "replay start --yes --name new",
            1,
            &format!("{topic}[0]: {why}"),
        )
        .await;
        assert!(refused.contains("`positions resume` or `positions set`"), "{refused}");
        run(&scene, "replay resume", 1, "cancel replay old, and start another").await;
        let states: Vec<_> = jobs(&scene).await;
        assert_eq!(states, [("old".to_owned(), "paused".to_owned(), None)], "{halted}");
        assert_eq!(open_letters(&scene).await, [(true, 3)], "{halted}");
        if !halted {
            run(&scene, "run --until-caught-up", 1, "mismatch: ").await;
        }
    }

    let set = format!("positions set --topic {topic} --partition 0 --to");
    let stakes = run(
        &scene,
        &format!("{set} latest"),
        2,
        "goes on at offset 100, and leaves out the 100 offsets",
    )
    .await;
    for stake in [
        "lost is what the topic before held from offset 60 on",
        "keeps its 3 dead letters",
        "has not read all of the topic before: replay old",
    ] {
        assert!(stakes.contains(stake), "{stakes}");
    }
    run(&scene, &format!("{set} earliest --yes"), 0, "goes on at offset 0").await;
    let [(_, state, detail)] = &jobs(&scene).await[..] else {
        panic!("there is one job")
    };
    assert_eq!(state, "cancelled");
    assert!(
        detail
            .as_ref()
            .unwrap()
            .starts_with(&format!("{topic}[0] was made anew"))
    );
    run(&scene, "replay resume --name old", 1, "was cancelled").await;
    scene.catch_up().await;
    run(&scene, "replay start --yes --name new", 0, "replay new: done").await;
    scene.check_tables(&[first, second].concat()).await;
    assert_eq!(open_letters(&scene).await, [(false, 3), (true, 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_is_ahead_of_a_topic_made_anew_says_to_start_another() {
    let mut scene = Scene::new(1, 1).await;
    scene.set("BATCH__MAX_WAIT", "20ms");
    let mut script = Script::new(seed(), &scene);
    scene.broker.send(&plays(&scene, &mut script, 200));
    // nobody has stored a position
    paused(&scene, "old").await;
    scene.broker.make_anew(&scene.topics[0], 1).await;
    scene.broker.send(&plays(&scene, &mut script, 1));
    let told = run(&scene, "replay resume", 1, "cancel replay old, and start another").await;
    assert!(!told.contains("replay resume"), "{told}");
    let [(_, state, detail)] = &jobs(&scene).await[..] else {
        panic!("there is one job")
    };
    assert_eq!(state, "failed");
    assert!(detail.as_ref().unwrap().contains("the topic was made anew"));
}
