//! A worker that ends at each place between two steps of a batch.

use crate::harness::{Scene, until};
use crate::trial::Trial;
use rand::RngExt;

const PLACES: [&str; 7] = [
    "after_poll",
    "before_begin",
    "after_insert",
    "before_commit",
    "after_commit",
    "after_hint",
    "in_revoke",
];
const ROUNDS: usize = 2;

#[tokio::test(flavor = "multi_thread")]
async fn an_abort_between_any_two_steps_loses_nothing_and_doubles_nothing() {
    let mut trial = Trial::new(Scene::new(2, 2).await);
    trial.scene.set("KAFKA__PROPERTIES__SESSION_TIMEOUT_MS", "1500");
    for round in 0..ROUNDS {
        for place in PLACES {
            let count = if place == "in_revoke" {
                1
            } else {
                trial.script.dice.random_range(1..=5)
            };
            trial.scene.set_variable("FAILPOINT", &format!("{place}:{count}:abort"));
            let mut worker = trial.scene.start(&["run"]);
            trial.scene.unset_variable("FAILPOINT");
            trial.send(300);
            // a second one makes the group take partitions back
            let mut other = None;
            if place == "in_revoke" {
                trial.stored().await;
                other = Some(trial.scene.start(&["run"]));
            }
            until("the worker aborts", async || !worker.is_alive()).await;
            assert!(worker.log().contains("failpoint reached"), "{}", worker.log());
            trial.kills += 1;
            println!("round {round}: aborted at {place} the {count}. time");
            if let Some(other) = other {
                other.stop().await;
            }
        }
    }
    trial.judge("failpoints").await;
}
