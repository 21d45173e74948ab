//! A million records wait while PostgreSQL stands still: memory stays within its bound, and the group is kept.

use crate::harness::{Worker, get, sample};
use crate::proxy::Link;
use crate::trial::Trial;
use crate::world::World;
use serde_json::json;
use std::env;
use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::time::sleep;

const RECORDS: i64 = 1_000_000;
/// As many as one call sends in the time that a test waits for a program.
const AT_ONCE: i64 = 100_000;
/// What may be held while the database stands still, in MiB.
const BOUND: f64 = 96.0;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes as long as CHAOS_MINUTES says; scripts/chaos memory runs it"]
async fn a_million_records_behind_a_database_that_stands_still_fit_into_96_mib() {
    let minutes = env::var("CHAOS_MINUTES").map_or(5, |minutes| minutes.parse().expect("a number of minutes"));
    let (world, mut trial) = World::with_trial(2, 4).await;
    for name in ["INGEST__BATCH__MAX_ROWS", "INGEST__BATCH__MAX_WAIT"] {
        trial.scene.unset_variable(name);
    }
    // who does not poll is put out of the group long before the end
    trial.scene.set("KAFKA__PROPERTIES__MAX_POLL_INTERVAL_MS", "10000");
    generate(&trial).await;

    let mut worker = trial.scene.start(&["run"]);
    let address = worker.address().await;
    stored(&trial, 1).await;
    let rebalances = rebalances(address);
    world.link.set(Link::Silent);
    sleep(Duration::from_mins(minutes)).await;
    let (stalled, waiting) = (peak(&worker), RECORDS - consumed(&trial).await);
    let buffered = sample(&metrics(address), "ingest_buffer_bytes", &[]);
    world.link.set(Link::Pass);
    let began = Instant::now();
    stored(&trial, RECORDS).await;

    let (peak, drained) = (peak(&worker), began.elapsed());
    let left = self::rebalances(address) - rebalances;
    worker.stop().await;
    let figures = json!({
        "test": "memory", "events": RECORDS, "waiting": waiting, "minutes": minutes, "peak_stalled_mib": stalled,
        "peak_mib": peak, "buffer_bytes": buffered, "rebalances": left, "redelivered": trial.taken() - RECORDS,
        "drained_s": drained.as_secs(),
    });
    println!("{figures}");
    assert_eq!(left, 0, "the group is never left");
    assert_eq!(trial.taken(), RECORDS, "nothing is read twice");
    assert!(stalled <= BOUND, "{stalled} MiB while the database stood still");
}

/// Events of the users and tracks that there are.
async fn generate(trial: &Trial) {
    for seed in 0..RECORDS / AT_ONCE {
        let (count, seed) = (AT_ONCE.to_string(), seed.to_string());
        let finished = trial.scene.run(&["generate", "--count", &count, "--seed", &seed]).await;
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    }
}

async fn consumed(trial: &Trial) -> i64 {
    trial.scene.consumed(&mut trial.scene.database.connect().await).await
}

/// Waits without a limit, as long as there is progress.
async fn stored(trial: &Trial, wanted: i64) {
    let (mut last, mut moved) = (-1, Instant::now());
    loop {
        let now = consumed(trial).await;
        if now >= wanted {
            return;
        }
        if now > last {
            (last, moved) = (now, Instant::now());
        }
        assert!(
            moved.elapsed() < Duration::from_secs(90),
            "no progress at {now} records"
        );
        sleep(Duration::from_millis(20)).await;
    }
}

fn metrics(address: SocketAddr) -> String {
    get(address, "/metrics").unwrap().1
}

fn rebalances(address: SocketAddr) -> i64 {
    sample(&metrics(address), "ingest_rebalances_total", &[])
}

/// The most memory that the process ever held, in MiB.
fn peak(worker: &Worker) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", worker.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib: u32 = line.trim().trim_end_matches(" kB").parse().unwrap();
    f64::from(kib) / 1024.0
}
