//! Starts, seeks, pauses, and a log that goes on without records.

use std::time::Duration;

use audiohm_ingest::pipeline::{Lookup, Source, SourceEvent};
use audiohm_ingest::position::{Generation, TopicPartition};
use rdkafka::producer::{BaseProducer, Producer};
use tokio::time::Instant;

use crate::support::{Member, PATIENCE, client, number, partition, settings, topic, unused_name, write};

#[tokio::test(flavor = "multi_thread")]
async fn a_seek_delivers_exactly_from_its_offset_under_the_new_generation_only() {
    let topic = topic(1).await;
    let of = partition(&topic, 0);
    write(&client(&[]), &of, 0..50_000);
    let mut member = Member::join(&settings(&topic));
    let all = member.assigned(1).await;
    member.start(&all, 0);
    // back and forth while much is prefetched: the order of the offsets shows what is stale
    for next_offset in [10_000, 400, 30_000, 7, 7] {
        member.chunk().await;
        let generation = member.start(&all, next_offset);
        let mut expected = next_offset;
        while expected < next_offset + 5_000 {
            let chunk = member.chunk().await;
            if chunk.generation != generation {
                assert_eq!(expected, next_offset, "an old generation after the new one");
                continue;
            }
            for record in &chunk.records {
                assert_eq!(record.offset, expected);
                expected += 1;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_partition_delivers_nothing_until_it_is_resumed_and_loses_nothing() {
    let topic = topic(2).await;
    let (still, moving) = (partition(&topic, 0), partition(&topic, 1));
    let producer = client(&[]);
    let mut member = Member::join(&settings(&topic));
    let all = member.assigned(2).await;
    member.start(&all, 0);
    write(&producer, &still, 0..3_000);
    member.chunk().await;
    member.source.pause(vec![still.clone()]);
    write(&producer, &moving, 0..3_000);
    write(&producer, &still, 3_000..3_010);
    let mut taken = 0;
    let until = Instant::now() + Duration::from_secs(2);
    while let Some(event) = member.before(until, true).await {
        let SourceEvent::Chunk(chunk) = event else {
            panic!("{event:?}")
        };
        assert_eq!(chunk.partition, moving);
        taken += chunk.records.len();
    }
    assert_eq!(taken, 3_000);
    member.source.resume(vec![still.clone()]);
    let mut last = None;
    while last != Some(3_009) {
        let chunk = member.chunk().await;
        assert_eq!(chunk.partition, still);
        for record in &chunk.records {
            assert!(
                last.is_none_or(|last| record.offset == last + 1),
                "after {last:?}: {}",
                record.offset
            );
            last = Some(record.offset);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_ends_the_pause_of_its_partition() {
    let topic = topic(1).await;
    write(&client(&[]), &partition(&topic, 0), 0..10);
    let mut member = Member::join(&settings(&topic));
    let all = member.assigned(1).await;
    member.start(&all, 0);
    member.source.pause(all.clone());
    member.start(&all, 4);
    assert_eq!(member.records(6).await.remove(&all[0]).unwrap()[0].offset, 4);
}

fn transactional() -> BaseProducer {
    let producer = client(&[("transactional.id", &unused_name())]);
    producer.init_transactions(PATIENCE).unwrap();
    producer
}

async fn drained(member: &mut Member) -> (TopicPartition, Generation, i64) {
    match member.event().await {
        SourceEvent::Drained {
            partition,
            generation,
            next_offset,
        } => (partition, generation, next_offset),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn aborted_records_are_passed_over_and_the_position_behind_them_is_told_once() {
    let topic = topic(1).await;
    let of = partition(&topic, 0);
    let producer = transactional();
    producer.begin_transaction().unwrap();
    write(&producer, &of, 0..5);
    producer.commit_transaction(PATIENCE).unwrap();
    producer.begin_transaction().unwrap();
    write(&producer, &of, 5..12);
    producer.abort_transaction(PATIENCE).unwrap();

    let mut member = Member::join(&settings(&topic));
    let all = member.assigned(1).await;
    let first = member.start(&all, 0);
    let records = member.records(5).await.remove(&of).unwrap();
    assert_eq!(records.iter().map(number).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    let end_offset = member.source.lookup().watermarks(all.clone()).await.unwrap()[&of].end_offset;
    assert_eq!(end_offset, 14);
    let mut at = 0;
    while at < end_offset {
        let (partition, generation, next_offset) = drained(&mut member).await;
        assert!(partition == of && generation == first && next_offset > at);
        at = next_offset;
    }
    assert_eq!(at, end_offset);
    let again = member.before(Instant::now() + Duration::from_secs(1), true).await;
    assert!(again.is_none(), "{again:?}");

    // nothing but aborted records from here: told without any record, and under the new generation
    let second = member.start(&all, 8);
    assert_eq!(drained(&mut member).await, (of, second, end_offset));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_log_lies_before_an_open_transaction() {
    let topic = topic(1).await;
    let of = partition(&topic, 0);
    write(&client(&[]), &of, 0..3);
    let producer = transactional();
    producer.begin_transaction().unwrap();
    write(&producer, &of, 3..8);
    let member = Member::join(&settings(&topic));
    let watermarks = member.source.lookup().watermarks(vec![of.clone()]).await.unwrap()[&of];
    assert_eq!((watermarks.low_offset, watermarks.end_offset), (0, 3));
    producer.abort_transaction(PATIENCE).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_outside_the_log_is_in_doubt_and_a_new_start_mends_it() {
    let topic = topic(2).await;
    let (lost, fine) = (partition(&topic, 0), partition(&topic, 1));
    let producer = client(&[]);
    write(&producer, &lost, 0..10);
    write(&producer, &fine, 0..10);
    let mut member = Member::join(&settings(&topic));
    member.assigned(2).await;
    member.start(std::slice::from_ref(&lost), 1_000);
    assert!(matches!(member.event().await, SourceEvent::PositionsInDoubt));
    member.start(std::slice::from_ref(&fine), 0);
    assert_eq!(member.chunk().await.partition, fine);
    member.start(std::slice::from_ref(&lost), 2);
    let chunk = member.chunk().await;
    assert_eq!((chunk.partition, chunk.records[0].offset), (lost, 2));
}
