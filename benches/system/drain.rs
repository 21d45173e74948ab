//! Draining preloaded topics.

use super::cpu::Usage;
use super::events::{Event, Maker, Play, SEED};
use super::figure::{Report, Round};
use super::worker::{Drained, Worker};
use super::{Bench, database, kafka};

pub(crate) const PLAYS: usize = 300_000;
pub(crate) const PARTITIONS: i32 = 8;

pub(crate) fn plays_of(bench: &Bench, seed: u64, count: usize) -> Vec<Play> {
    let mut maker = Maker::new(SEED + 1 + seed);
    (0..count).map(|_| maker.play(&bench.audience)).collect()
}

pub(crate) async fn topic_of(bench: &Bench, name: &str, partitions: i32, plays: &[Play]) -> String {
    let messages = plays.iter().map(|play| (play.user, play.value()));
    kafka::preloaded(bench, name, partitions, messages).await
}

/// The figures of one drain, of one COPY.
pub(crate) fn round(events: usize, seconds: f64, usage: &Usage, program: f64, start_up: f64) -> Round {
    let per_event = |seconds: f64| seconds * 1e6 / events as f64;
    vec![
        ("events/s", events as f64 / seconds),
        ("PostgreSQL µs", per_event(usage.postgres)),
        ("program µs", per_event(program)),
        ("broker µs", per_event(usage.broker)),
        ("others %", usage.others_percent()),
        ("start-up s", start_up),
    ]
}

pub(crate) fn round_of(events: usize, drained: &Drained) -> Round {
    let Drained {
        start_up,
        seconds,
        usage,
    } = drained;
    round(events, *seconds, usage, usage.workers, *start_up)
}

async fn floor(bench: &Bench, plays: &[Play], connections: usize) -> Round {
    let url = database::fresh(bench).await;
    let (seconds, usage) = database::copy(bench, &url, plays, connections).await;
    round(plays.len(), seconds, &usage, usage.bench, 0.0)
}

fn worker(url: &str, topic: &str, lanes: usize, check: &str) -> Worker {
    Worker::new(url, &[topic])
        .set("INGEST__WRITER__LANES", lanes)
        .set("INGEST__WRITER__PARENT_CHECK", check)
}

/// Plays only, against COPY with as many connections.
pub(crate) async fn plays(bench: &Bench) -> Report {
    let plays = plays_of(bench, 0, PLAYS);
    let topic = topic_of(bench, "plays", PARTITIONS, &plays).await;
    let checks = bench.parent_checks();
    let mut report = Report::new(
        "drain",
        format!("{PLAYS} plays in {PARTITIONS} partitions into fresh tables, by lanes; CPU for each event"),
    );
    for _ in 0..bench.rounds {
        for lanes in [1, 2, 4] {
            report.add(&format!("COPY ×{lanes}"), floor(bench, &plays, lanes).await);
            for check in &checks {
                let url = database::fresh(bench).await;
                let drained = worker(&url, &topic, lanes, check).drain(bench);
                assert_eq!(database::count(&url, "listening_history").await, PLAYS as i64);
                report.add(&format!("{check} ×{lanes}"), round_of(PLAYS, &drained));
            }
        }
    }
    for check in checks {
        let (cpu, one, two) = if check == "database" {
            ("at most 1.1", "0.9", "0.85")
        } else {
            ("at most 0.7", "1.2", "1.25")
        };
        for (lanes, goal) in [(1, one), (2, two), (4, "")] {
            let (name, floor) = (format!("{check} ×{lanes}"), format!("COPY ×{lanes}"));
            report.compare("events/s", &name, &floor, goal);
            report.compare("PostgreSQL µs", &name, &floor, cpu);
        }
    }
    report
}

/// A mix of plays, likes and unlikes against plays only.
pub(crate) async fn mix(bench: &Bench) -> Report {
    let plays = plays_of(bench, 0, PLAYS);
    let plays = topic_of(bench, "plays", PARTITIONS, &plays).await;
    let mut maker = Maker::new(SEED);
    let mixed = (0..PLAYS).map(|_| maker.mixed(&bench.audience));
    let messages = mixed.map(|event: Event| (event.user(), event.value()));
    let mixed = kafka::preloaded(bench, "mix", PARTITIONS, messages).await;
    let mut report = Report::new(
        "mix",
        format!("{PLAYS} events, 85 % plays, 12 % likes, 3 % unlikes, against as many plays; two lanes"),
    );
    let checks = bench.parent_checks();
    for _ in 0..bench.rounds {
        for check in &checks {
            for (name, topic) in [("plays", &plays), ("mix", &mixed)] {
                let url = database::fresh(bench).await;
                let drained = worker(&url, topic, 2, check).drain(bench);
                report.add(&format!("{name}, {check}"), round_of(PLAYS, &drained));
            }
        }
    }
    for check in checks {
        report.compare("events/s", &format!("mix, {check}"), &format!("plays, {check}"), "0.6");
    }
    report
}

/// The same topic again under another group: nothing changes.
pub(crate) async fn again(bench: &Bench) -> Report {
    // so many that start and end of the second reading, which takes a quarter of the time, are small beside it
    const PLAYS: usize = 1_000_000;
    let plays = plays_of(bench, 0, PLAYS);
    let topic = topic_of(bench, "plays", PARTITIONS, &plays).await;
    let mut report = Report::new(
        "again",
        format!("{PLAYS} plays, and the same again under another group; two lanes"),
    );
    let checks = bench.parent_checks();
    for _ in 0..bench.rounds {
        for check in &checks {
            let url = database::fresh(bench).await;
            for name in ["first", "second"] {
                let drained = worker(&url, &topic, 2, check).drain(bench);
                report.add(&format!("{name}, {check}"), round_of(PLAYS, &drained));
            }
            assert_eq!(database::count(&url, "listening_history").await, PLAYS as i64);
        }
    }
    for check in checks {
        let goal = if check == "database" { "4" } else { "" };
        report.compare(
            "events/s",
            &format!("second, {check}"),
            &format!("first, {check}"),
            goal,
        );
    }
    report
}
