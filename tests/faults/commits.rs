//! COMMITs of which the worker cannot know what became of them.

use crate::harness::{Scene, until};
use crate::proxy::Proxy;
use crate::trial::Trial;
use rand::RngExt;

const LOSSES: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn commits_and_answers_to_commits_that_get_lost_change_nothing() {
    let mut trial = Trial::new(Scene::new(2, 2).await);
    let proxy = Proxy::before_database(&trial.scene.database.options());
    trial.scene.reach_database_by(proxy.port);
    let worker = trial.scene.start(&["run"]);
    for loss in 1..=LOSSES {
        if trial.script.dice.random() {
            proxy.lose_answers(1);
        } else {
            proxy.lose_commits(1);
        }
        trial.send(100);
        until("it is lost", async || proxy.lost() == loss).await;
        trial.faults += 1;
    }
    trial.recovers("lost commits").await;
    worker.stop().await;
    trial.judge("ambiguous commits").await;
}
