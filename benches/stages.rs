//! What decoding, folding and encoding cost, without Kafka and PostgreSQL: `cargo bench --bench stages`.
//!
//! Decoding is measured for each kind of event and for rejects, folding for plays and for a mix, encoding for plays
//! as COPY takes them. Each figure is for a thousand records; `thrpt` gives them in events and in MB a second.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a benchmark ends at the first thing that is wrong, and counts less than 2^31 of anything"
)]

use audiohm_ingest::batch::{OpenBatch, PlayRow, SealedBatch};
use audiohm_ingest::event::{Decoded, Limits, Timestamp};
use audiohm_ingest::position::{Epoch, TopicPartition};
use audiohm_ingest::record::{Header, Record};
use audiohm_ingest::store::write::encoded;
use bytes::Bytes;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use events::{Audience, Event, Maker, Play, SEED};
use std::hint::black_box;
use std::time::Duration;

#[path = "system/events.rs"]
#[expect(dead_code, reason = "shared with the bench of the whole system")]
mod events;

const RECORDS: usize = 1_000;
const LIMITS: Limits = Limits {
    max_bytes: 256 * 1_024,
    max_clock_skew: Duration::from_mins(10),
};
/// 2026-06-01, in milliseconds since 1970: after every event.
const TIMESTAMP: i64 = 1_780_272_000_000;

criterion_group!(stages, decode, fold, encode);
criterion_main!(stages);

fn record(value: String) -> Record {
    Record {
        timestamp: Some(TIMESTAMP),
        value: Some(Bytes::from(value)),
        ..Record::default()
    }
}

fn records(value: impl FnMut() -> String) -> Vec<Record> {
    std::iter::repeat_with(value).take(RECORDS).map(record).collect()
}

fn decoded(record: &Record) -> Decoded {
    record.decode(&LIMITS, Timestamp::from_micros(0))
}

fn audience(maker: &mut Maker) -> Audience {
    maker.audience(50_000, 100_000)
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for (name, becomes_event, records) in decodable() {
        let bytes: usize = records.iter().map(Record::size).sum();
        group.throughput(Throughput::ElementsAndBytes {
            elements: RECORDS as u64,
            bytes: bytes as u64,
        });
        assert!(
            records
                .iter()
                .all(|record| matches!(decoded(record), Decoded::Event(_)) == becomes_event),
            "{name}"
        );
        group.bench_with_input(BenchmarkId::from_parameter(name), &records, |bencher, records| {
            bencher.iter(|| {
                for record in records {
                    black_box(decoded(record));
                }
            });
        });
    }
    group.finish();
}

/// Records of one sort, and whether they are events.
type Sample = (&'static str, bool, Vec<Record>);

fn decodable() -> Vec<Sample> {
    let mut maker = Maker::new(SEED);
    let audience = audience(&mut maker);
    let mut play = || maker.play(&audience);
    let long_notes = "a note about a song ".repeat(40);
    let of_pair = |play: &Play, kind: &str, more: &str| {
        let (user, track) = (play.user, play.track);
        format!(
            r#"{{"type":"{kind}","user_id":"{user}","track_id":"{track}","occurred_at":{}{more}}}"#,
            play.played_at / 1_000
        )
    };
    let notes = format!(r#","notes":"{long_notes}""#);
    let structured: Vec<Record> = records(|| {
        let play = play();
        let data = play.value().replacen(r#""type":"play","#, "", 1);
        let id = play.id;
        format!(r#"{{"specversion":"1.0","type":"com.audiohm.play.v1","source":"/player","id":"{id}","data":{data}}}"#)
    });
    let content_type = Header {
        name: "content-type".to_owned(),
        value: Some(Bytes::from_static(b"application/cloudevents+json")),
    };
    let enveloped = |mut record: Record| {
        record.headers = Box::new([content_type.clone()]);
        record
    };
    let cloud_events = structured.into_iter().map(enveloped).collect();
    vec![
        ("play", true, records(|| play().value())),
        (
            "like",
            true,
            records(|| of_pair(&play(), "like", r#","notes":"for later""#)),
        ),
        (
            "like with 800 B of notes",
            true,
            records(|| of_pair(&play(), "like", &notes)),
        ),
        ("unlike", true, records(|| of_pair(&play(), "unlike", ""))),
        ("play in CloudEvents", true, cloud_events),
        (
            "play with escapes",
            true,
            records(|| play().value().replace("playlist", r"play\u006cist")),
        ),
        ("invalid_json", false, records(|| play().value().replace('}', ""))),
        (
            "missing_field",
            false,
            records(|| play().value().replace("track_id", "song_id")),
        ),
        ("invalid_field", false, records(|| play().value().replace("true", "1"))),
        (
            "unknown_type",
            false,
            records(|| play().value().replace(r#""play""#, r#""skip""#)),
        ),
    ]
}

fn fold(criterion: &mut Criterion) {
    let mut maker = Maker::new(SEED);
    let audience = audience(&mut maker);
    let plays = (0..RECORDS)
        .map(|_| Event::Play(maker.play(&audience)))
        .collect::<Vec<_>>();
    let mixed = (0..RECORDS).map(|_| maker.mixed(&audience)).collect::<Vec<_>>();
    let partition = TopicPartition::new("plays", 0);
    let mut group = criterion.benchmark_group("fold and seal");
    group.throughput(Throughput::Elements(RECORDS as u64));
    for (name, events) in [("plays", plays), ("mix", mixed)] {
        let taken: Vec<_> = events
            .iter()
            .map(|event| record(event.value()))
            .map(|record| (decoded(&record), record))
            .collect();
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter_batched(
                || taken.clone(),
                |taken| sealed(&partition, taken),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn sealed(partition: &TopicPartition, taken: Vec<(Decoded, Record)>) -> SealedBatch {
    let mut batch = OpenBatch::default();
    let slot = batch.span(partition, Epoch(1), 0);
    for (decoded, record) in taken {
        batch.push(slot, record, decoded);
    }
    batch.seal().expect("records are in it")
}

fn encode(criterion: &mut Criterion) {
    let mut maker = Maker::new(SEED);
    let audience = audience(&mut maker);
    let records = records(|| maker.play(&audience).value());
    let taken = records.into_iter().map(|record| (decoded(&record), record));
    let batch = sealed(&TopicPartition::new("plays", 0), taken.collect());
    let rows: Vec<&PlayRow> = batch.plays().iter().collect();
    assert_eq!(rows.len(), RECORDS);
    let mut group = criterion.benchmark_group("encode");
    group.throughput(Throughput::ElementsAndBytes {
        elements: RECORDS as u64,
        bytes: encoded(&rows).len() as u64,
    });
    group.bench_function("plays", |bencher| bencher.iter(|| encoded(black_box(&rows))));
    group.finish();
}
