//! How soon an event is visible to another session, at a steady load; and what a commit that does not wait for the disk
//! would bring.

use super::cpu::Meter;
use super::drain::{PARTITIONS, plays_of, round_of, topic_of};
use super::events::{Maker, SEED};
use super::figure::{Report, Round};
use super::worker::Worker;
use super::{Bench, database, kafka};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};
use sqlx::{Connection, PgConnection};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How much of the beginning of a load does not count, and how long it lasts with that.
const WARM_UP: Duration = Duration::from_secs(3);
const LASTS: Duration = Duration::from_secs(3 + COUNTS);
const COUNTS: u64 = 15;
/// Distance between two looks at the positions: so much later, at most, a row is seen than it was visible.
const LOOK: Duration = Duration::from_millis(2);

/// Of each partition, when each of its records was sent.
type Sent = Arc<Mutex<Vec<Vec<Instant>>>>;

pub(crate) async fn freshness(bench: &Bench) -> Report {
    let mut report = Report::new(
        "freshness",
        format!("from the sending of a play until another session sees it, at a steady load for {COUNTS} s; two lanes"),
    );
    for _ in 0..bench.rounds {
        for (rate, wait, commit) in [
            (200, "200ms", "on"),
            (200, "20ms", "on"),
            (200, "20ms", "off"),
            (2_000, "200ms", "on"),
            (2_000, "20ms", "on"),
            (2_000, "20ms", "off"),
            (10_000, "200ms", "on"),
            (10_000, "20ms", "on"),
            (10_000, "20ms", "off"),
        ] {
            let name = format!("{rate}/s, max_wait {wait}, synchronous_commit {commit}");
            report.add(&name, load(bench, rate, wait, commit).await);
        }
    }
    report
}

async fn load(bench: &Bench, rate: u32, wait: &str, commit: &str) -> Round {
    let url = database::fresh(bench).await;
    database::set(&url, &format!("synchronous_commit = {commit}")).await;
    let topic = kafka::topic(bench, "load", PARTITIONS).await;
    let meter = Meter::start(bench);
    let running = Worker::new(&url, &[&topic])
        .set("INGEST__BATCH__MAX_WAIT", wait)
        .spawn(bench, &[]);
    let sent: Sent = Arc::new(Mutex::new(vec![Vec::new(); PARTITIONS as usize]));
    let watcher = tokio::spawn(watch(url, Arc::clone(&sent), rate as usize * LASTS.as_secs() as usize));
    let values = values(bench, rate);
    let brokers = bench.kafka.clone();
    let producer = tokio::task::spawn_blocking(move || produce(&brokers, &topic, rate, values, &sent));
    producer.await.unwrap();
    let mut delays = watcher.await.unwrap();
    running.stop();
    let usage = meter.stop();
    delays.sort_by(f64::total_cmp);
    let quantile = |part: f64| delays[((delays.len() - 1) as f64 * part) as usize];
    let per_event = |seconds: f64| seconds * 1e6 / (f64::from(rate) * LASTS.as_secs_f64());
    vec![
        ("p50 ms", quantile(0.5)),
        ("p99 ms", quantile(0.99)),
        ("max ms", quantile(1.0)),
        ("PostgreSQL µs", per_event(usage.postgres)),
        ("worker µs", per_event(usage.workers)),
        ("others %", usage.others_percent()),
    ]
}

fn values(bench: &Bench, rate: u32) -> Vec<String> {
    let mut maker = Maker::new(SEED);
    let count = u64::from(rate) * LASTS.as_secs();
    (0..count).map(|_| maker.play(&bench.audience).value()).collect()
}

/// Sends each value at its instant, to one partition after the other.
fn produce(brokers: &str, topic: &str, rate: u32, values: Vec<String>, sent: &Sent) {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers)
        .set("linger.ms", "1")
        .set("enable.idempotence", "true");
    let producer: BaseProducer<DefaultProducerContext> = config.create().unwrap();
    // the worker takes a moment to get its partitions, and that is not its freshness
    std::thread::sleep(Duration::from_secs(3));
    let began = Instant::now();
    for (number, value) in values.into_iter().enumerate() {
        let due = began + Duration::from_secs_f64(number as f64 / f64::from(rate));
        producer.poll(Duration::ZERO);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let partition = number % PARTITIONS as usize;
        sent.lock().unwrap()[partition].push(Instant::now());
        let record = BaseRecord::<(), String>::to(topic)
            .partition(partition as i32)
            .payload(&value);
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(Duration::from_secs(10)).unwrap();
}

/// Looks at the positions until so many records are stored; gives the delay of each in milliseconds.
async fn watch(url: String, sent: Sent, records: usize) -> Vec<f64> {
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let mut seen = [0; PARTITIONS as usize];
    let mut delays = Vec::new();
    let mut looks = tokio::time::interval(LOOK);
    while seen.iter().sum::<usize>() < records {
        looks.tick().await;
        let positions: Vec<(i32, i64)> = sqlx::query_as("select partition, next_offset from ingest.progress")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let (now, sent) = (Instant::now(), sent.lock().unwrap());
        let first = sent[0].first().copied();
        for (partition, next_offset) in positions {
            let place = partition as usize;
            for at in &sent[place][seen[place]..next_offset as usize] {
                if first.is_some_and(|first| *at - first > WARM_UP) {
                    delays.push((now - *at).as_secs_f64() * 1e3);
                }
            }
            seen[place] = next_offset as usize;
        }
    }
    delays
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
