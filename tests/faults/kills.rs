//! kill -9 at any moment.

use crate::harness::{Scene, until};
use crate::trial::Trial;
use rand::RngExt;
use std::time::Duration;
use tokio::time::sleep;

const KILLS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_at_random_moments_change_nothing_in_the_tables_or_the_ledger() {
    let mut trial = Trial::new(Scene::new(2, 3).await);
    trial.scene.set("KAFKA__PROPERTIES__SESSION_TIMEOUT_MS", "1500");
    let mut connection = trial.scene.database.connect().await;
    for kill in 0..KILLS {
        trial.send(300);
        let before = trial.scene.consumed(&mut connection).await;
        let mut worker = trial.scene.start(&["run"]);
        // one in five while it starts, the others while it writes
        let dice = &mut trial.script.dice;
        let (at_start, milliseconds) = (dice.random_ratio(1, 5), dice.random_range(0..120));
        if at_start {
            sleep(Duration::from_millis(milliseconds * 5)).await;
        } else {
            until("the worker makes headway", async || {
                assert!(worker.is_alive(), "{}", worker.log());
                trial.scene.consumed(&mut connection).await > before
            })
            .await;
            sleep(Duration::from_millis(milliseconds)).await;
        }
        worker.kill();
        trial.kills += 1;
        let after = trial.scene.consumed(&mut connection).await;
        println!("kill {kill}: stored {before} to {after} of {}", trial.sent().len());
    }
    trial.scene.catch_up().await;
    trial.scene.check(trial.sent()).await;
    trial.judge("kills").await;
}
