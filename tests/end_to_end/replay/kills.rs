//! kill -9 of a replay at any moment, beside live traffic.

use super::{delete_a_third, done, number, status};
use crate::harness::{Scene, Script, count, seed, until};
use rand::RngExt;
use sqlx::PgConnection;
use std::time::Duration;
use tokio::time::sleep;

const KILLS: usize = 20;

/// How often each partition was claimed.
async fn claims(scene: &Scene, connection: &mut PgConnection) -> Vec<i64> {
    let progress = scene.progress(connection).await;
    progress.iter().map(|one| one.epoch).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_of_a_replay_change_nothing_in_tables_ledgers_or_the_live_worker() {
    let mut scene = Scene::new(2, 3).await;
    scene.set("BATCH__MAX_ROWS", "40");
    scene.set("BATCH__MAX_WAIT", "20ms");
    // the live worker is never killed, and must not be taken for dead
    scene.set("KAFKA__PROPERTIES__SESSION_TIMEOUT_MS", "20000");
    let mut script = Script::new(seed(), &scene);
    scene.broker.send(&script.mixed(6_000));
    scene.catch_up().await;
    let mut connection = scene.database.connect().await;
    delete_a_third(&mut connection, script.sent()).await;
    let mut live = scene.start(&["run"]);
    let mut job = scene.start(&["replay", "start", "--yes", "--name", "killed", "--rate", "250"]);
    let range = count(script.sent().len());
    until("the job is entered", async || {
        let jobs: i64 = sqlx::query_scalar("select count(*) from ingest.replay_partitions")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        jobs > 0
    })
    .await;
    until("the live worker reads all partitions", async || {
        live.log().matches("reading begins").count() >= 6
    })
    .await;
    let claims = claims(&scene, &mut connection).await;
    for kill in 0..KILLS {
        scene.broker.send(&script.mixed(50));
        let before = done(&mut connection, "killed").await;
        let (at_start, milliseconds) = (script.dice.random_ratio(1, 5), script.dice.random_range(0..100));
        if !at_start {
            until("the job makes headway", async || {
                assert!(job.is_alive(), "{}", job.log());
                done(&mut connection, "killed").await > before
            })
            .await;
        }
        sleep(Duration::from_millis(milliseconds)).await;
        job.kill();
        println!(
            "kill {kill}: {before} to {} of {range}",
            done(&mut connection, "killed").await
        );
        job = scene.start(&["replay", "resume", "--yes", "--name", "killed"]);
    }
    job.kill();
    let finished = scene
        .run(&["replay", "resume", "--yes", "--name", "killed", "--rate", "1000000"])
        .await;
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let total = count(script.sent().len());
    until("the live worker has stored everything", async || {
        assert!(live.is_alive(), "{}", live.log());
        scene.consumed(&mut connection).await == total
    })
    .await;
    assert_eq!(
        self::claims(&scene, &mut connection).await,
        claims,
        "the live worker goes on with what it has"
    );
    live.stop().await;
    let row = status(&scene, "killed").await;
    assert_eq!(row["state"], "done");
    assert_eq!(
        (number(&row, "consumed"), number(&row, "done_records")),
        (range, range),
        "{row:#}"
    );
    scene.check_tables(script.sent()).await;
}
