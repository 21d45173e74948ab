//! Ranges of offsets, read without a group.

use audiohm_ingest::kafka::{KafkaLookup, RangeReader, Read};
use audiohm_ingest::pipeline::{Lookup, Source};
use audiohm_ingest::position::{OffsetRange, TopicPartition};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use tokio::time::timeout;

use crate::support::{Member, PATIENCE, brokers, client, number, partition, settings, topic, write};

fn range(partition: &TopicPartition, start_offset: i64, end_offset: i64) -> OffsetRange {
    OffsetRange {
        partition: partition.clone(),
        start_offset,
        end_offset,
    }
}

/// The numbers that each range gave, and the last of the other news of each.
#[derive(Debug, Default)]
struct Found {
    numbers: BTreeMap<i32, Vec<u32>>,
    passed: BTreeMap<i32, i64>,
    lost: BTreeMap<i32, i64>,
}

async fn read_all(topic: &str, ranges: &[OffsetRange]) -> Found {
    let mut reader = RangeReader::open(&settings(topic), ranges).unwrap();
    let mut found = Found::default();
    while let Some(read) = timeout(PATIENCE, reader.next()).await.expect("the ranges end") {
        match read {
            Read::Chunk(chunk) => {
                let numbers = found.numbers.entry(chunk.partition.partition).or_default();
                numbers.extend(chunk.records.iter().map(number));
            }
            Read::Passed(partition, next_offset) => drop(found.passed.insert(partition.partition, next_offset)),
            Read::Lost(partition, next_offset) => drop(found.lost.insert(partition.partition, next_offset)),
            Read::Unavailable(_) => {}
            Read::Anew(text) | Read::Unreadable(_, _, text) | Read::Fatal(text) => panic!("{text}"),
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn each_range_gives_its_records_and_no_other_beside_a_group_that_it_does_not_join() {
    let topic = topic(3).await;
    let all: Vec<_> = (0..3).map(|number| partition(&topic, number)).collect();
    for partition in &all {
        write(&client(&[]), partition, 0..5_000);
    }
    let mut member = Member::join(&settings(&topic));
    member.assigned(3).await;
    let ranges = [
        range(&all[0], 10, 4_321),
        range(&all[1], 7, 7),
        range(&all[2], 4_999, 5_000),
    ];
    let found = read_all(&topic, &ranges).await;
    let expected = BTreeMap::from([(0, (10..4_321).collect()), (2, vec![4_999])]);
    assert_eq!(found.numbers, expected);
    assert_eq!((found.passed, found.lost), (BTreeMap::new(), BTreeMap::new()));
    // a client that had joined the group would have taken a partition from the member
    member.start(&all, 4_990);
    member.records(30).await;
    member.source.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_ends_in_markers_or_aborted_records_ends() {
    let topic = topic(1).await;
    let only = partition(&topic, 0);
    write(&client(&[]), &only, 0..3);
    let producer: BaseProducer = client(&[("transactional.id", &topic)]);
    producer.init_transactions(PATIENCE).unwrap();
    producer.begin_transaction().unwrap();
    producer
        .send(
            BaseRecord::<[u8], [u8]>::to(&topic)
                .partition(0)
                .payload(&9_u32.to_be_bytes()[..]),
        )
        .unwrap();
    producer.flush(PATIENCE).unwrap();
    producer.abort_transaction(PATIENCE).unwrap();
    let marks = KafkaLookup::open(&settings(&topic))
        .unwrap()
        .watermarks(vec![only.clone()])
        .await
        .unwrap();
    let end_offset = marks[&only].end_offset;
    assert_eq!(end_offset, 5, "three records, an aborted one and its marker");
    let found = read_all(&topic, &[range(&only, 1, end_offset)]).await;
    assert_eq!(found.numbers, BTreeMap::from([(0, vec![1, 2])]));
    assert_eq!(found.passed, BTreeMap::from([(0, end_offset)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_that_the_log_has_lost_are_told_and_passed() {
    let topic = topic(1).await;
    let only = partition(&topic, 0);
    write(&client(&[]), &only, 0..100);
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", brokers())
        .create()
        .unwrap();
    let mut until = TopicPartitionList::new();
    until.add_partition_offset(&topic, 0, Offset::Offset(40)).unwrap();
    admin.delete_records(&until, &AdminOptions::new()).await.unwrap();
    let found = read_all(&topic, &[range(&only, 5, 90)]).await;
    assert_eq!(found.numbers, BTreeMap::from([(0, (40..90).collect())]));
    assert_eq!(found.lost, BTreeMap::from([(0, 40)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_is_the_first_record_that_is_not_older_or_the_end() {
    let topic = topic(2).await;
    let (first, second) = (partition(&topic, 0), partition(&topic, 1));
    let producer = client(&[]);
    // a broker deletes records that are older than a week, so these are of today
    let day = chrono::Utc::now().timestamp_millis() - 3_600_000;
    for number in 0..10_u32 {
        let value = number.to_be_bytes();
        let record = BaseRecord::<[u8], [u8]>::to(&topic).partition(0).payload(&value[..]);
        producer
            .send(record.timestamp(day + i64::from(number) * 1_000))
            .unwrap();
    }
    producer.flush(PATIENCE).unwrap();
    let lookup = KafkaLookup::open(&settings(&topic)).unwrap();
    let both = vec![first.clone(), second.clone()];
    for (time, offset) in [
        (0, 0),
        (day, 0),
        (day + 3_500, 4),
        (day + 9_000, 9),
        (day + 9_001, 10),
        (-1, 0),
    ] {
        let found = lookup.offsets_at_time(both.clone(), time).await.unwrap();
        assert_eq!(
            found,
            BTreeMap::from([(first.clone(), offset), (second.clone(), 0)]),
            "{time}"
        );
    }
}
