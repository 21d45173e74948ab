//! Where the worker's CPU goes: the client's threads are told apart by their names, decoding, folding and encoding are
//! measured alone on the same records, and what is left is the driver and the runtime.

use super::cpu::{Threads, look_at_threads, of_this_thread};
use super::drain::{PARTITIONS, PLAYS, plays_of, round_of, topic_of};
use super::events::Play;
use super::figure::Report;
use super::path::limits;
use super::worker::Worker;
use super::{ALLOCATOR, Bench, database};
use audiohm_ingest::batch::{OpenBatch, PlayRow, SealedBatch};
use audiohm_ingest::event::{Decoded, Timestamp};
use audiohm_ingest::position::{Epoch, TopicPartition};
use audiohm_ingest::record::Record;
use audiohm_ingest::store::write::encoded;
use bytes::Bytes;
use stats_alloc::Region;
use std::hint::black_box;

/// Records of a batch.
const BATCH: usize = 10_000;

/// Microseconds of CPU and allocations for each event.
#[derive(Clone, Copy)]
struct Alone {
    micros: f64,
    allocations: f64,
}

pub(crate) async fn cost(bench: &Bench) -> Report {
    let plays = plays_of(bench, 0, PLAYS);
    let topic = topic_of(bench, "plays", PARTITIONS, &plays).await;
    let mut report = Report::new(
        "cost",
        format!("CPU of the worker for each of {PLAYS} plays by stage; two lanes, waiting as a part of the time"),
    );
    for _ in 0..bench.rounds {
        let [decode, fold, encode] = alone(&plays);
        let url = database::fresh(bench).await;
        let mut seen = Threads::new();
        let worker = Worker::new(&url, &[&topic]);
        let drained = worker.drain_watching(bench, |pid| look_at_threads(pid, &mut seen));
        let is_client = |name: &str| name.starts_with("rdk:") || name == "kafka";
        let seconds = |client: bool| -> f64 {
            let threads = seen.iter().filter(|((_, name), _)| is_client(name) == client);
            threads.map(|(_, seconds)| seconds).sum()
        };
        let per_event = |seconds: f64| seconds * 1e6 / PLAYS as f64;
        let (client, rest) = (per_event(seconds(true)), per_event(seconds(false)));
        let total = per_event(drained.usage.workers);
        let round = vec![
            ("worker µs", total),
            ("client µs", client),
            ("decode µs", decode.micros),
            ("fold µs", fold.micros),
            ("encode µs", encode.micros),
            ("driver, runtime µs", rest - decode.micros - fold.micros - encode.micros),
            ("wait %", 100.0 * (1.0 - drained.usage.workers / drained.seconds)),
            ("decode allocations", decode.allocations),
            ("fold allocations", fold.allocations),
            ("encode allocations", encode.allocations),
            ("others %", drained.usage.others_percent()),
        ];
        report.add("plays (goal: 8 µs)", round);
        let shown = round_of(PLAYS, &drained);
        println!("  at {:.0} events/s", shown[0].1);
    }
    report
}

/// Decoding, folding and encoding by themselves, on one core.
fn alone(plays: &[Play]) -> [Alone; 3] {
    let records: Vec<Record> = plays
        .iter()
        .map(|play| Record {
            timestamp: Some(chrono::Utc::now().timestamp_millis()),
            value: Some(Bytes::from(play.value())),
            ..Record::default()
        })
        .collect();
    let limits = limits();
    let (decoded, decode) = measured(|| {
        let decode = |record: &Record| record.decode(&limits, Timestamp::from_micros(0));
        records.iter().map(decode).collect::<Vec<Decoded>>()
    });
    let mut taken: Vec<(Record, Decoded)> = records.into_iter().zip(decoded).collect();
    let partition = TopicPartition::new("plays", 0);
    let (batches, fold) = measured(|| {
        let mut batches: Vec<SealedBatch> = Vec::new();
        while !taken.is_empty() {
            let mut batch = OpenBatch::default();
            let slot = batch.span(&partition, Epoch(1), 0);
            for (record, decoded) in taken.drain(taken.len().saturating_sub(BATCH)..) {
                batch.push(slot, record, decoded);
            }
            batches.extend(batch.seal());
        }
        batches
    });
    let (data, encode) = measured(|| {
        let encode = |batch: &SealedBatch| encoded(&batch.plays().iter().collect::<Vec<&PlayRow>>());
        batches.iter().map(encode).collect::<Vec<_>>()
    });
    black_box(data);
    [decode, fold, encode]
}

fn measured<T>(work: impl FnOnce() -> T) -> (T, Alone) {
    let (region, began) = (Region::new(ALLOCATOR), of_this_thread());
    let made = work();
    let micros = (of_this_thread() - began) * 1e6;
    let change = region.change();
    let allocations = (change.allocations + change.reallocations) as f64;
    let per_event = |total: f64| total / PLAYS as f64;
    let alone = Alone {
        micros: per_event(micros),
        allocations: per_event(allocations),
    };
    (made, alone)
}
