//! Topics, and positions beside what the log holds.

use std::time::Duration;

use rdkafka::admin::AdminOptions;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::place::{Place, admin, execute};

#[tokio::test]
async fn a_topic_that_is_missing_fails_and_the_others_are_looked_at() {
    let mut place = Place::with_topics(&[&[]]).await;
    place.topics.push("check.never.made".to_owned());
    let said = place.check().await;
    let failed = said.with("fail");
    assert!(
        failed[0].starts_with("topic: check.never.made is not there"),
        "{failed:#?}"
    );
    assert!(failed[0].contains("make it, correct kafka.topics"), "{failed:#?}");
    assert!(said.with("ok").iter().any(|it| it.contains(": 2 partitions")));
    assert_eq!(said.code, 1);
}

#[tokio::test]
async fn a_compacted_topic_fails() {
    let place = Place::with_topics(&[&[("cleanup.policy", "compact,delete")]]).await;
    let failed = place.check().await.with("fail");
    let topic = &place.topics[0];
    assert!(
        failed[0].starts_with(&format!("topic: {topic}: cleanup.policy is compact")),
        "{failed:#?}"
    );
    assert!(
        failed[0].ends_with("set cleanup.policy=delete on the topic"),
        "{failed:#?}"
    );
}

#[tokio::test]
async fn times_without_a_limit_and_a_short_retention_are_warned_of() {
    let forever = i64::MAX.to_string();
    let place = Place::with_topics(&[
        &[
            ("message.timestamp.after.max.ms", &forever),
            ("retention.ms", "3600000"),
        ],
        &[("message.timestamp.type", "LogAppendTime"), ("retention.ms", "-1")],
    ])
    .await;
    let said = place.check().await;
    said.only(
        "warn",
        &[
            ("record times: ", "without a limit"),
            ("retention: ", ": 1 h; records that are not stored by then are lost"),
        ],
    );
    let ok = said.with("ok").join("\n");
    assert!(
        ok.contains(&format!("record times: {}: set by the broker", place.topics[1])),
        "{ok}"
    );
    assert!(ok.contains(&format!("retention: {}: no end", place.topics[1])), "{ok}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_the_log_no_longer_holds_fails_or_warns_as_on_gap_says() {
    let place = Place::right().await;
    let topic = place.topics[0].clone();
    write(&place.brokers, &topic, 10);
    let mut conn = place.database.connect().await;
    let store = format!(
        "insert into ingest.progress (consumer_group, topic, partition, next_offset, epoch)
         values ('audiohm-ingest', '{topic}', 0, 2, 1)"
    );
    execute(&mut conn, &store).await;
    let said = place.check().await;
    said.only("fail", &[]);
    assert!(
        said.with("ok")
            .iter()
            .any(|it| it.starts_with("positions: 1 within the log, 3 of"))
    );

    delete_before(&place.brokers, &topic, 5).await;
    let said = place.check().await;
    let gone = format!("positions: {topic}[0] is at 2, and the log begins at 5");
    said.only("fail", &[(&gone, "kafka.on_gap = \"skip\"")]);
    assert_eq!(said.code, 1);
    let said = place
        .check_as(&place.database.url(), &["--set=kafka.on_gap=skip"])
        .await;
    said.only("fail", &[]);
    said.only("warn", &[(&gone, "goes on at the oldest record")]);
    assert_eq!(said.code, 0);

    execute(&mut conn, "update ingest.progress set next_offset = 11").await;
    let said = place.check().await;
    said.only(
        "fail",
        &[(
            "positions: ",
            "the position is 11, but the log ends at 10: the topic was made anew",
        )],
    );
    execute(
        &mut conn,
        "update ingest.progress set next_offset = 7, halted = 'flood: 500 in a row'",
    )
    .await;
    let said = place.check().await;
    let halted = format!("positions: {topic}[0] stands still: flood: 500 in a row");
    said.only("fail", &[(&halted, "positions resume")]);
}

fn write(brokers: &str, topic: &str, count: usize) {
    let producer: BaseProducer = ClientConfig::new().set("bootstrap.servers", brokers).create().unwrap();
    for _ in 0..count {
        producer
            .send(BaseRecord::<(), [u8]>::to(topic).partition(0).payload(b"{}".as_slice()))
            .unwrap();
    }
    producer.flush(Duration::from_secs(20)).unwrap();
}

async fn delete_before(brokers: &str, topic: &str, offset: i64) {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::Offset(offset)).unwrap();
    let deleted = admin(brokers)
        .delete_records(&list, &AdminOptions::new())
        .await
        .unwrap();
    for element in deleted.elements() {
        element.error().unwrap();
    }
}
