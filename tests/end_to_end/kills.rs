//! kill -9 at any moment.

use crate::harness::{Scene, Script, seed, until};
use rand::RngExt;
use std::time::Duration;
use tokio::time::sleep;

const KILLS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_at_random_moments_change_nothing_in_the_tables_or_the_ledger() {
    let mut scene = Scene::new(2, 3).await;
    scene.set("BATCH__MAX_ROWS", "40");
    scene.set("BATCH__MAX_WAIT", "20ms");
    scene.set("KAFKA__PROPERTIES__SESSION_TIMEOUT_MS", "1500");
    let mut script = Script::new(seed(), &scene);
    let mut connection = scene.database.connect().await;
    for kill in 0..KILLS {
        scene.broker.send(&script.mixed(300));
        let before = scene.consumed(&mut connection).await;
        let mut worker = scene.start(&["run"]);
        // one in five while it starts, the others while it writes
        let (at_start, milliseconds) = (script.dice.random_ratio(1, 5), script.dice.random_range(0..120));
        if at_start {
            sleep(Duration::from_millis(milliseconds * 5)).await;
        } else {
            until("the worker makes headway", async || {
                assert!(worker.is_alive(), "{}", worker.log());
                scene.consumed(&mut connection).await > before
            })
            .await;
            sleep(Duration::from_millis(milliseconds)).await;
        }
        worker.kill();
        let after = scene.consumed(&mut connection).await;
        println!("kill {kill}: stored {before} to {after} of {}", script.sent().len());
    }
    scene.catch_up().await;
    scene.check(script.sent()).await;
}
