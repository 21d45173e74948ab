//! A worker that stops in the middle of a transaction, holds its locks, and wakes up as one that owns nothing.

use crate::harness::{Scene, Worker, get, sample, until};
use crate::trial::Trial;
use sqlx::PgConnection;
use std::time::Duration;

const GO_ON_WITHIN: Duration = Duration::from_secs(20);

async fn metric(worker: &mut Worker, name: &str) -> i64 {
    let (_, text) = get(worker.address().await, "/metrics").unwrap();
    sample(&text, name, &[])
}

/// Whether it has two partitions and has claimed them.
async fn reads_two(worker: &mut Worker) -> bool {
    let claimed = worker.log().matches("reading begins").count();
    claimed >= 2 && metric(worker, "ingest_assigned_partitions").await == 2
}

/// How often the partitions were claimed, all together.
async fn claims(trial: &Trial, connection: &mut PgConnection) -> i64 {
    let progress = trial.scene.progress(connection).await;
    progress.iter().map(|one| one.epoch).sum()
}

/// A worker that stands still in a transaction with locks on rows that all want, and another one; and how often the
/// partitions had been claimed by then.
async fn freeze() -> (Trial, [Worker; 2], i64) {
    let mut scene = Scene::new(1, 4).await;
    scene.users.truncate(5);
    scene.tracks.truncate(10);
    let mut trial = Trial::new(scene);
    trial.scene.set_variable("FAILPOINT", "after_insert:3:delay=1000");
    let mut frozen = trial.scene.start(&["run"]);
    trial.scene.unset_variable("FAILPOINT");
    let mut other = trial.scene.start(&["run"]);
    until("each reads half of the partitions", async || {
        reads_two(&mut frozen).await && reads_two(&mut other).await
    })
    .await;
    trial.send(1_000);
    until("one is in the middle of a transaction", async || {
        frozen.log().contains("failpoint reached")
    })
    .await;
    let mut connection = trial.scene.database.connect().await;
    let claimed = claims(&trial, &mut connection).await;
    frozen.signal("STOP");
    trial.faults += 1;
    trial.send(1_000);
    (trial, [frozen, other], claimed)
}

async fn end(mut trial: Trial, mut frozen: Worker, other: Worker, test: &str) {
    trial.send(500);
    trial.recovers("the zombie").await;
    until("it has its share again", async || {
        metric(&mut frozen, "ingest_assigned_partitions").await == 2
    })
    .await;
    frozen.stop().await;
    other.stop().await;
    trial.judge(test).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn others_go_on_beside_a_worker_that_is_frozen_in_a_transaction() {
    let (trial, [frozen, other], _) = freeze().await;
    let took = trial.stored().await;
    println!("all of it is stored by the other after {took:?}");
    assert!(took < GO_ON_WITHIN, "the other went on only after {took:?}");
    frozen.signal("CONT");
    end(trial, frozen, other, "frozen for long").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_late_transaction_of_a_worker_that_wakes_up_is_refused_by_its_epoch_and_counted() {
    let (trial, [mut frozen, other], claimed) = freeze().await;
    let mut connection = trial.scene.database.connect().await;
    until(
        "the other has claimed both partitions of the one that is frozen",
        async || claims(&trial, &mut connection).await >= claimed + 2,
    )
    .await;
    frozen.signal("CONT");
    until("its late transaction is refused", async || {
        metric(&mut frozen, "ingest_fenced_batches_total").await >= 1
    })
    .await;
    end(trial, frozen, other, "frozen for a while").await;
}
