//! How soon an event is visible to another session, at a steady load, alone and beside a replay; and what a commit that
//! does not wait for the disk would bring.

use super::cpu::Meter;
use super::drain::{PARTITIONS, plays_of, round_of, topic_of};
use super::figure::{Report, Round};
use super::load::{COUNTS, JOINING, delays, events};
use super::worker::Worker;
use super::{Bench, database};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

pub(crate) async fn freshness(bench: &Bench) -> Report {
    let mut report = Report::new(
        "freshness",
        format!("from the sending of a play until another session sees it, at a steady load for {COUNTS} s; two lanes"),
    );
    for _ in 0..bench.rounds {
        for (rate, shown) in [(200, "200"), (2_000, "2 000"), (10_000, "10 000")] {
            for (wait, commit) in [("200ms", "on"), ("20ms", "on"), ("20ms", "off")] {
                // it is the default that has to be fresh
                let goal = if (rate, wait) == (2_000, "200ms") {
                    " (goal: p99 250 ms)"
                } else {
                    ""
                };
                let name = format!("{shown}/s, max_wait {wait}, synchronous_commit {commit}{goal}");
                report.add(&name, load(bench, rate, wait, commit).await);
            }
        }
    }
    report
}

async fn load(bench: &Bench, rate: u32, wait: &str, commit: &str) -> Round {
    let url = database::fresh(bench).await;
    database::set(&url, &format!("synchronous_commit = {commit}")).await;
    let worker = Worker::new(&url, &[]).set("INGEST__BATCH__MAX_WAIT", wait);
    let meter = Meter::start(bench);
    let mut round = delays(bench, &worker, rate).await.quantiles();
    let usage = meter.stop();
    let per_event = |seconds: f64| seconds * 1e6 / events(rate) as f64;
    round.extend([
        ("PostgreSQL µs", per_event(usage.postgres)),
        ("worker µs", per_event(usage.workers)),
        ("others %", usage.others_percent()),
    ]);
    round
}

/// Live events while a large range is replayed again and again, without a rate: of rows that are all there, and of rows
/// that were taken away.
pub(crate) async fn beside(bench: &Bench) -> Report {
    const RATE: u32 = 1_000;
    const RANGE: usize = 1_000_000;
    let history = topic_of(bench, "history", PARTITIONS, &plays_of(bench, 0, RANGE)).await;
    let url = database::fresh(bench).await;
    let worker = Worker::new(&url, &[&history]);
    worker.drain(bench);
    let mut report = Report::new(
        "beside",
        format!(
            "freshness of {RATE} live plays a second for {COUNTS} s, alone and beside replays of {RANGE} plays; two lanes each"
        ),
    );
    for _ in 0..bench.rounds {
        for name in ["alone", "replay of rows that are there", "replay of rows that are gone"] {
            if name.ends_with("gone") {
                database::forget_plays(&url).await;
            }
            let over = AtomicBool::new(name == "alone");
            let live = async {
                let delays = delays(bench, &worker, RATE).await;
                over.store(true, Ordering::Relaxed);
                delays
            };
            let replays = async {
                tokio::time::sleep(JOINING).await;
                let (began, mut replayed) = (Instant::now(), 0);
                while !over.load(Ordering::Relaxed) {
                    worker.replay(bench, &history).await;
                    replayed += RANGE;
                }
                replayed as f64 / began.elapsed().as_secs_f64()
            };
            let meter = Meter::start(bench);
            let (delays, replayed) = tokio::join!(live, replays);
            let mut round = delays.quantiles();
            round.extend([("replayed/s", replayed), ("others %", meter.stop().others_percent())]);
            report.add(name, round);
        }
    }
    report.compare("p99 ms", "replay of rows that are there", "alone", "at most 2");
    report.compare("p99 ms", "replay of rows that are gone", "alone", "at most 2");
    report
}

/// Small batches and large ones, with commits that wait for the disk and commits that do not.
pub(crate) async fn commit(bench: &Bench) -> Report {
    const PLAYS: usize = 100_000;
    let plays = plays_of(bench, 0, PLAYS);
    let topic = topic_of(bench, "plays", PARTITIONS, &plays).await;
    let mut report = Report::new(
        "commit",
        format!("{PLAYS} plays with synchronous_commit on and off, by rows of a batch; two lanes"),
    );
    for _ in 0..bench.rounds {
        for rows in [100, 1_000, 10_000] {
            for commit in ["on", "off"] {
                let url = database::fresh(bench).await;
                database::set(&url, &format!("synchronous_commit = {commit}")).await;
                let drained = Worker::new(&url, &[&topic])
                    .set("INGEST__BATCH__MAX_ROWS", rows)
                    .drain(bench);
                report.add(&format!("{rows} rows, {commit}"), round_of(PLAYS, &drained));
            }
        }
    }
    for rows in [100, 1_000, 10_000] {
        report.compare(
            "events/s",
            &format!("{rows} rows, off"),
            &format!("{rows} rows, on"),
            "",
        );
    }
    report
}
