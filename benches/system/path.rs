//! The path without PostgreSQL, and memory while much is waiting. Both read a topic with two million records of 400 B.

use super::cpu::{Meter, Usage, peak_memory};
use super::drain::PARTITIONS;
use super::events::{Maker, SEED};
use super::figure::Report;
use super::null::NullStore;
use super::worker::Worker;
use super::{ALLOCATOR, Bench, database, kafka};
use audiohm_ingest::event::Limits;
use audiohm_ingest::kafka::KafkaSource;
use audiohm_ingest::pipeline::{self, BatchLimits, OnGap, Settings};
use audiohm_ingest::telemetry::StatusBoard;
use stats_alloc::Region;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

const RECORDS: usize = 2_000_000;
const SIZE: usize = 400;
const LANES: usize = 2;

/// What a run through the path took.
pub(crate) struct Run {
    /// From the first partition that the group gave until the last batch was taken.
    pub(crate) seconds: f64,
    pub(crate) usage: Usage,
    /// How often the program asked for memory; the client library's own requests are not seen.
    pub(crate) allocations: usize,
}

async fn large_topic(bench: &Bench) -> String {
    let mut maker = Maker::new(SEED);
    let message = || {
        let play = maker.play(&bench.audience);
        (play.user, padded(play.value(), SIZE))
    };
    let messages = std::iter::repeat_with(message).take(RECORDS);
    kafka::preloaded(bench, "large", PARTITIONS, messages).await
}

/// The event with a field that nobody reads, so that it has this many bytes.
pub(crate) fn padded(mut value: String, size: usize) -> String {
    value.pop();
    value.push_str(r#","padding":""#);
    let missing = size.saturating_sub(value.len() + 2);
    value.extend(std::iter::repeat_n('x', missing));
    value.push_str("\"}");
    value
}

/// Client, decoding, folding and closing of batches; the rows are forgotten.
pub(crate) async fn path(bench: &Bench) -> Report {
    let topic = large_topic(bench).await;
    let mut report = Report::new(
        "path",
        format!(
            "{RECORDS} plays of {SIZE} B through client, decoding and folding to a store that forgets them; {LANES} lanes"
        ),
    );
    for _ in 0..bench.rounds {
        let run = through(bench, &topic, RECORDS).await;
        let per_event = |seconds: f64| seconds * 1e6 / RECORDS as f64;
        let round = vec![
            ("events/s", RECORDS as f64 / run.seconds),
            ("program µs", per_event(run.usage.bench)),
            ("broker µs", per_event(run.usage.broker)),
            ("allocations/event", run.allocations as f64 / RECORDS as f64),
            ("others %", run.usage.others_percent()),
        ];
        report.add("without PostgreSQL (goal: 300 000 events/s)", round);
    }
    report
}

pub(crate) async fn through(bench: &Bench, topic: &str, records: usize) -> Run {
    let settings = kafka::settings(bench, topic, &format!("bench-{}", uuid::Uuid::new_v4()));
    let source = KafkaSource::open(&settings).unwrap();
    let store = NullStore::default();
    let board = StatusBoard::new("bench", &settings.group_id, &settings.topics);
    let (stop, stopping) = watch::channel(false);
    let worker = pipeline::Worker::new(pipeline_settings(topic), source, store.clone(), board);
    let (meter, region) = (Meter::start(bench), Region::new(ALLOCATOR));
    let running = tokio::spawn(worker.run(stopping));
    let mut began = None;
    while store.taken().records < records {
        if store.has_positions() {
            began.get_or_insert_with(Instant::now);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let (usage, change) = (meter.stop(), region.change());
    stop.send(true).unwrap();
    running.await.unwrap();
    let ended = store.taken().last.unwrap();
    Run {
        seconds: (ended - began.unwrap()).as_secs_f64(),
        usage,
        allocations: change.allocations + change.reallocations,
    }
}

/// As the settings have it where nobody sets anything.
fn pipeline_settings(topic: &str) -> Settings {
    Settings {
        topics: vec![Arc::from(topic)],
        lanes: LANES,
        batch: BatchLimits {
            max_rows: 10_000,
            max_bytes: 3 << 20,
            max_wait: Duration::from_millis(200),
        },
        limits: limits(),
        on_gap: OnGap::Halt,
        flood_breaker: true,
        shutdown_deadline: Duration::from_secs(20),
    }
}

pub(crate) fn limits() -> Limits {
    Limits {
        max_bytes: 256 << 10,
        max_clock_skew: Duration::from_mins(10),
    }
}

/// The most memory that a worker has resident within half a minute of a full topic.
pub(crate) async fn memory(bench: &Bench) -> Report {
    const WATCHED: Duration = Duration::from_secs(30);
    let topic = large_topic(bench).await;
    let mut report = Report::new(
        "memory",
        format!(
            "most resident memory while {RECORDS} records of {SIZE} B wait, in {} s",
            WATCHED.as_secs()
        ),
    );
    for _ in 0..bench.rounds {
        for lanes in [1, LANES, 4] {
            let url = database::fresh(bench).await;
            let meter = Meter::start(bench);
            let running = Worker::new(&url, &[&topic])
                .set("INGEST__WRITER__LANES", lanes)
                .spawn(bench, &[]);
            tokio::time::sleep(WATCHED).await;
            let peak = peak_memory(running.child.id()).expect("the worker runs");
            running.stop();
            let others = meter.stop().others_percent();
            let stored = database::count(&url, "listening_history").await;
            report.add(
                &format!("{lanes} lane{} (goal: 64 MiB)", if lanes == 1 { "" } else { "s" }),
                vec![("MiB", peak), ("stored meanwhile", stored as f64), ("others %", others)],
            );
        }
    }
    report
}
