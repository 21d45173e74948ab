//! Everything at random, for as long as `scripts/chaos` says.

use crate::harness::eventually;
use crate::nemesis::Nemesis;
use crate::sender::Sender;
use crate::trial::{RECOVERY, Trial};
use crate::world::World;
use rand::RngExt;
use std::collections::BTreeMap;
use std::env;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Records a second.
const RATE: u32 = 300;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes as long as CHAOS_MINUTES says; scripts/chaos runs it"]
async fn whatever_happens_at_random_the_tables_are_right_in_the_end() {
    let minutes = env::var("CHAOS_MINUTES").map_or(30, |minutes| minutes.parse().expect("a number of minutes"));
    let (mut world, mut trial) = World::with_trial(2, 4).await;
    trial.scene.set("PARENTS__RETRY_INTERVAL", "1s");
    let mut nemesis = Nemesis::new(trial.seed);
    let sender = trial.start_sender(RATE);
    let (mut actions, mut slowest) = (BTreeMap::<String, usize>::new(), Duration::ZERO);
    let until = Instant::now() + Duration::from_mins(minutes);
    while Instant::now() < until {
        nemesis.attend(&trial);
        let action = nemesis.act(&mut world, &mut trial).await;
        *actions.entry(format!("{action:?}")).or_default() += 1;
        nemesis.attend(&trial);
        // else the next fault comes on top of this one
        if nemesis.dice.random_ratio(2, 3) {
            slowest = slowest.max(recovers(&trial, &sender, &format!("{action:?}")).await);
        }
        check_sums(&trial, &sender).await;
    }
    trial.script = sender.stop();
    trial.stored().await;
    nemesis.end().await;
    trial.find_deleted().await;
    println!("actions {actions:?}, slowest recovery {slowest:?}");
    trial.judge("chaos").await;
}

/// Waits until all that was acknowledged before the repair is stored.
async fn recovers(trial: &Trial, sender: &Sender, from: &str) -> Duration {
    let (began, wanted) = (Instant::now(), sender.acknowledged());
    let mut connection = trial.scene.database.connect().await;
    eventually("all is stored", async || {
        sleep(Duration::from_millis(50)).await;
        (trial.scene.consumed(&mut connection).await >= wanted).then_some(())
    })
    .await;
    let took = began.elapsed();
    println!("recovered from {from} after {took:?}");
    assert!(took < RECOVERY, "recovered from {from} only after {took:?}");
    took
}

/// What holds at any moment.
async fn check_sums(trial: &Trial, sender: &Sender) {
    let mut connection = trial.scene.database.connect().await;
    let progress = trial.scene.progress(&mut connection).await;
    let consumed: i64 = progress.iter().map(|one| one.consumed).sum();
    assert!(progress.iter().all(|one| one.consumed == one.sum()), "{progress:#?}");
    // a batch of the sender may be under way
    assert!(consumed <= sender.acknowledged() + 200, "{consumed} records consumed");
}
