//! Topics and records on the real broker.

use super::encode::Sent;
use super::wait::until;
use audiohm_ingest::kafka::{Outgoing, Producer, Settings, ensure_topics};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::time::Duration;

/// The broker of the tests.
#[derive(Clone, Debug)]
pub(crate) struct Broker {
    pub(crate) address: String,
}

impl Broker {
    pub(crate) fn of_the_tests() -> Self {
        let address = std::env::var("INGEST_TEST_KAFKA").expect("INGEST_TEST_KAFKA names a broker, as host:port");
        Self { address }
    }

    fn settings(&self, properties: &[(&str, &str)]) -> Settings {
        let property = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Settings {
            brokers: self.address.clone(),
            properties: properties.iter().map(property).collect::<BTreeMap<_, _>>(),
            ..Settings::default()
        }
    }

    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.address);
        config
    }

    pub(crate) async fn make_topics(&self, topics: &[String], partitions: i32) {
        let made = ensure_topics(&self.settings(&[]), topics, partitions)
            .await
            .expect("topics can be made");
        assert_eq!(made.len(), topics.len(), "the topics are new");
    }

    /// Writes the records and waits until all are acknowledged.
    pub(crate) fn send(&self, records: &[Sent]) {
        self.send_with(records, &[]);
    }

    /// The same with settings of the client.
    pub(crate) fn send_with(&self, records: &[Sent], properties: &[(&str, &str)]) {
        self.send_at(records, None, properties);
    }

    /// The same with a timestamp of the sender's, in milliseconds since 1970.
    pub(crate) fn send_at(&self, records: &[Sent], timestamp: Option<i64>, properties: &[(&str, &str)]) {
        let mut producer = Producer::open(&self.settings(properties)).unwrap();
        for record in records {
            let headers: Vec<(&str, &[u8])> = record
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_slice()))
                .collect();
            let outgoing = Outgoing {
                topic: &record.topic,
                key: record.key.as_deref(),
                value: record.value.as_deref(),
                headers: &headers,
                timestamp,
            };
            producer.send(&outgoing).expect("the broker takes records");
        }
        producer
            .flush(Duration::from_mins(1))
            .expect("the broker takes records");
        assert_eq!(usize::try_from(producer.acknowledged()).unwrap(), records.len());
    }

    /// Whether a new client finds it; a cluster that comes up names no broker for a moment.
    pub(crate) fn is_named(&self) -> bool {
        let client: BaseConsumer = self.client().create().unwrap();
        let metadata = client.fetch_metadata(None, Duration::from_secs(2));
        metadata.is_ok_and(|metadata| !metadata.brokers().is_empty())
    }

    pub(crate) async fn add_partitions(&self, topic: &str, partitions: usize) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let wanted = NewPartitions::new(topic, partitions);
        let made = admin.create_partitions([&wanted], &AdminOptions::new()).await.unwrap();
        assert!(made.iter().all(Result::is_ok), "partitions can be added: {made:?}");
    }

    /// Commits an offset for a group that has no members.
    pub(crate) fn commit(&self, group: &str, topic: &str, partition: i32, next_offset: i64) {
        let client: BaseConsumer = self.client().set("group.id", group).create().unwrap();
        let mut offsets = TopicPartitionList::new();
        offsets
            .add_partition_offset(topic, partition, Offset::Offset(next_offset))
            .unwrap();
        client
            .commit(&offsets, CommitMode::Sync)
            .expect("the broker takes the offset");
    }

    /// What a group has committed.
    pub(crate) fn committed(&self, group: &str, topic: &str, partition: i32) -> Option<i64> {
        let client: BaseConsumer = self.client().set("group.id", group).create().unwrap();
        let mut wanted = TopicPartitionList::new();
        wanted.add_partition(topic, partition);
        let answer = client.committed_offsets(wanted, Duration::from_secs(10)).ok()?;
        match answer.find_partition(topic, partition)?.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        }
    }

    /// The offset that the log gives to its next record.
    pub(crate) fn end(&self, topic: &str, partition: i32) -> i64 {
        let client: BaseConsumer = self.client().set("group.id", "nobody").create().unwrap();
        client
            .fetch_watermarks(topic, partition, Duration::from_secs(10))
            .unwrap()
            .1
    }
    /// Deletes the records before an offset, as retention does.
    pub(crate) async fn retain_from(&self, topic: &str, partition: i32, offset: i64) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let mut until = TopicPartitionList::new();
        until
            .add_partition_offset(topic, partition, Offset::Offset(offset))
            .unwrap();
        admin.delete_records(&until, &AdminOptions::new()).await.unwrap();
    }

    /// Deletes a group that has no members, with all that it committed.
    pub(crate) async fn forget_group(&self, group: &str) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let gone = admin.delete_groups(&[group], &AdminOptions::new()).await.unwrap();
        assert!(gone.iter().all(Result::is_ok), "groups can be deleted: {gone:?}");
    }

    /// Deletes a topic and makes one of that name.
    pub(crate) async fn make_anew(&self, topic: &str, partitions: i32) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let gone = admin.delete_topics(&[topic], &AdminOptions::new()).await.unwrap();
        assert!(gone.iter().all(Result::is_ok), "topics can be deleted: {gone:?}");
        until("the topic can be made again", async || {
            let new = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
            let made = admin.create_topics([&new], &AdminOptions::new()).await.unwrap();
            made.iter().all(Result::is_ok)
        })
        .await;
    }
}
