//! A steady load on a live worker, and how soon another session sees each of its events.

use super::drain::PARTITIONS;
use super::events::{Maker, SEED};
use super::figure::Round;
use super::worker::Worker;
use super::{Bench, kafka};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};
use sqlx::{Connection, PgConnection};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What the worker gets for joining its group before anything is sent: that is not its freshness.
pub(crate) const JOINING: Duration = Duration::from_secs(3);
/// How much of the beginning of a load does not count, and how long it lasts with that.
const WARM_UP: Duration = Duration::from_secs(3);
const LASTS: Duration = Duration::from_secs(3 + COUNTS);
pub(crate) const COUNTS: u64 = 15;
/// Distance between two looks at the positions: so much later, at most, a row is seen than it was visible.
const LOOK: Duration = Duration::from_millis(2);

/// Of each partition, when each of its records was sent.
type Sent = Arc<Mutex<Vec<Vec<Instant>>>>;

/// How long each event took, in milliseconds, the fastest first.
pub(crate) struct Delays(Vec<f64>);

impl Delays {
    pub(crate) fn quantiles(&self) -> Round {
        let of = |part: f64| self.0[((self.0.len() - 1) as f64 * part) as usize];
        vec![("p50 ms", of(0.5)), ("p99 ms", of(0.99)), ("max ms", of(1.0))]
    }
}

/// How many events such a load has.
pub(crate) fn events(rate: u32) -> usize {
    rate as usize * LASTS.as_secs() as usize
}

/// Sends so many plays a second to a new topic, which the worker reads beside its own.
pub(crate) async fn delays(bench: &Bench, worker: &Worker, rate: u32) -> Delays {
    let topic = kafka::topic(bench, "load", PARTITIONS).await;
    let worker = worker.clone().with_topic(&topic);
    let running = worker.spawn(bench, &[]);
    tokio::time::sleep(JOINING).await;
    let sent: Sent = Arc::new(Mutex::new(vec![Vec::new(); PARTITIONS as usize]));
    let url = worker.url().to_owned();
    let watcher = tokio::spawn(watch(url, topic.clone(), Arc::clone(&sent), events(rate)));
    let mut maker = Maker::new(SEED);
    let values = (0..events(rate)).map(|_| maker.play(&bench.audience).value()).collect();
    let brokers = bench.kafka.clone();
    let producer = tokio::task::spawn_blocking(move || produce(&brokers, &topic, rate, values, &sent));
    producer.await.unwrap();
    let mut delays = watcher.await.unwrap();
    running.stop();
    delays.sort_by(f64::total_cmp);
    Delays(delays)
}

/// Sends each value at its instant, to one partition after the other.
fn produce(brokers: &str, topic: &str, rate: u32, values: Vec<String>, sent: &Sent) {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers)
        .set("linger.ms", "1")
        .set("enable.idempotence", "true");
    let producer: BaseProducer<DefaultProducerContext> = config.create().unwrap();
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
async fn watch(url: String, topic: String, sent: Sent, records: usize) -> Vec<f64> {
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let mut seen = [0; PARTITIONS as usize];
    let mut delays = Vec::new();
    let mut looks = tokio::time::interval(LOOK);
    while seen.iter().sum::<usize>() < records {
        looks.tick().await;
        let positions: Vec<(i32, i64)> =
            sqlx::query_as("select partition, next_offset from ingest.progress where topic = $1")
                .bind(&topic)
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
