//! Topics with records in them.

use super::Bench;
use audiohm_ingest::kafka::{InitialPosition, Outgoing, Producer, Settings, ensure_topics};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// A record to be preloaded: its key, which decides the partition, and its value.
pub(crate) type Message = (Uuid, String);

pub(crate) fn settings(bench: &Bench, topic: &str, group: &str) -> Settings {
    Settings {
        brokers: bench.kafka.clone(),
        topics: vec![topic.to_owned()],
        group_id: group.to_owned(),
        initial_position: InitialPosition::Earliest,
        properties: BTreeMap::new(),
    }
}

/// A new topic. Its name begins with the process id, so that runs on the same broker do not meet.
pub(crate) async fn topic(bench: &Bench, name: &str, partitions: i32) -> String {
    let topic = format!("bench.{}.{name}.{}", std::process::id(), bench.next_number());
    let settings = settings(bench, &topic, "bench");
    ensure_topics(&settings, std::slice::from_ref(&topic), partitions)
        .await
        .unwrap();
    topic
}

/// A new topic with these records in it.
pub(crate) async fn preloaded(
    bench: &Bench,
    name: &str,
    partitions: i32,
    messages: impl Iterator<Item = Message>,
) -> String {
    let topic = topic(bench, name, partitions).await;
    let mut producer = Producer::open(&settings(bench, &topic, "bench")).unwrap();
    for (key, value) in messages {
        let key = key.to_string();
        let outgoing = Outgoing {
            topic: &topic,
            key: Some(key.as_bytes()),
            value: Some(value.as_bytes()),
            ..Outgoing::default()
        };
        producer.send(&outgoing).unwrap();
    }
    producer.flush(Duration::from_mins(2)).unwrap();
    topic
}
