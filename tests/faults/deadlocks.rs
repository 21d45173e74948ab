//! Eight workers that write the same few rows all the time.

use crate::harness::{Script, Worker};
use crate::storm::send_spread;
use crate::trial::deadlocks;
use crate::world::World;
use std::env;
use std::time::{Duration, Instant};

const WRITERS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes as long as CHAOS_MINUTES says; scripts/chaos deadlocks runs it"]
async fn eight_writers_on_fifty_pairs_meet_no_deadlock() {
    let minutes = env::var("CHAOS_MINUTES").map_or(1, |minutes| minutes.parse().expect("a number of minutes"));
    let (_world, mut trial) = World::with_trial(1, i32::try_from(WRITERS).unwrap()).await;
    // 50 pairs
    trial.scene.users.truncate(5);
    trial.scene.tracks.truncate(10);
    trial.script = Script::new(trial.seed, &trial.scene);
    let workers: Vec<Worker> = (0..WRITERS).map(|_| trial.scene.start(&["run"])).collect();
    let mut connection = trial.scene.database.connect().await;
    let until = Instant::now() + Duration::from_mins(minutes);
    while Instant::now() < until {
        send_spread(&mut trial);
        // enough waits for all of them, and no more than is soon done
        while trial.lag(&mut connection).await > 4_000 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    trial.stored().await;
    for worker in workers {
        worker.stop().await;
    }
    let deadlocks = deadlocks(&mut connection).await;
    println!(
        "{}",
        serde_json::json!({"test": "deadlocks", "writers": WRITERS, "minutes": minutes, "deadlocks": deadlocks})
    );
    assert_eq!(deadlocks, 0, "all writers lock in one order");
    let progress = trial.scene.progress(&mut connection).await;
    assert!(progress.len() == WRITERS && progress.iter().all(|one| one.consumed > 1_000));
    trial.judge("eight writers").await;
}
