//! The producer of `generate`.

use std::time::Duration;

use audiohm_ingest::kafka::{ClientError, Outgoing, Producer};

use crate::support::{Member, PATIENCE, settings, topic, unused_name};

#[tokio::test(flavor = "multi_thread")]
async fn more_records_than_the_queue_holds_are_all_written_and_acknowledged() {
    let topic = topic(2).await;
    // a time of long ago would be the broker's reason to delete the records at once
    let now = chrono::Utc::now().timestamp_millis();
    let sent = topic.clone();
    let acknowledged = tokio::task::spawn_blocking(move || {
        let mut small = settings(&sent);
        small
            .properties
            .insert("queue.buffering.max.messages".to_owned(), "500".to_owned());
        let mut producer = Producer::open(&small).unwrap();
        for number in 0..20_000_u32 {
            let key = number.to_be_bytes();
            let headers = [("number", &key[..])];
            let outgoing = Outgoing {
                topic: &sent,
                key: Some(&key),
                value: Some(b"v"),
                headers: &headers,
                timestamp: Some(now),
            };
            producer.send(&outgoing).unwrap();
        }
        producer.flush(PATIENCE).unwrap();
        producer.acknowledged()
    });
    assert_eq!(acknowledged.await.unwrap(), 20_000);
    let mut member = Member::join(&settings(&topic));
    let all = member.assigned(2).await;
    member.start(&all, 0);
    let records = member.records(20_000).await;
    assert_eq!(records.len(), 2);
    for record in records.values().flatten() {
        assert_eq!(record.headers[0].value, record.key);
        assert_eq!(record.timestamp, Some(now));
    }
}

#[test]
fn records_that_nobody_acknowledges_are_an_error() {
    let mut away = settings(&unused_name());
    away.brokers = "127.0.0.1:1".to_owned();
    away.properties
        .insert("delivery.timeout.ms".to_owned(), "1000".to_owned());
    let mut producer = Producer::open(&away).unwrap();
    producer
        .send(&Outgoing {
            topic: "away",
            value: Some(b"v"),
            ..Outgoing::default()
        })
        .unwrap();
    let failure = producer.flush(Duration::from_secs(10)).unwrap_err();
    assert!(matches!(failure, ClientError::Delivery { count: 1, .. }), "{failure}");
}
