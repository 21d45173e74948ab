//! A topic of its own for each test, producers of every kind, and a member of a group that is asked step by step.

use std::collections::BTreeMap;
use std::time::Duration;

use audiohm_ingest::kafka::{KafkaSource, Settings, ensure_topics};
use audiohm_ingest::pipeline::{Source, SourceEvent};
use audiohm_ingest::position::{Generation, Start, TopicPartition};
use audiohm_ingest::record::{Chunk, Record};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use tokio::time::{Instant, timeout_at};

/// No step of a healthy group and broker takes that long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn brokers() -> String {
    std::env::var("INGEST_TEST_KAFKA").expect("INGEST_TEST_KAFKA names a Kafka broker; scripts/test starts one")
}

pub(crate) fn settings(topic: &str) -> Settings {
    Settings {
        brokers: brokers(),
        topics: vec![topic.to_owned()],
        group_id: format!("group.of.{topic}"),
        ..Settings::default()
    }
}

pub(crate) fn unused_name() -> String {
    format!("test.{}", uuid::Uuid::new_v4())
}

pub(crate) async fn topic(partitions: i32) -> String {
    let name = unused_name();
    let made = ensure_topics(&settings(&name), std::slice::from_ref(&name), partitions)
        .await
        .unwrap();
    assert_eq!(made, std::slice::from_ref(&name));
    name
}

pub(crate) fn partition(topic: &str, partition: i32) -> TopicPartition {
    TopicPartition::new(topic, partition)
}

pub(crate) fn client(properties: &[(&str, &str)]) -> BaseProducer {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers()).set("linger.ms", "5");
    for (key, value) in properties {
        config.set(*key, *value);
    }
    config.create().unwrap()
}

/// Writes numbered values into one partition and waits until the broker has them.
pub(crate) fn write(client: &BaseProducer, to: &TopicPartition, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let value = number.to_be_bytes();
        let mut record = BaseRecord::<[u8], [u8]>::to(&to.topic)
            .partition(to.partition)
            .payload(&value[..]);
        while let Err((_, refused)) = client.send(record) {
            record = refused;
            client.poll(Duration::from_millis(10));
        }
    }
    client.flush(PATIENCE).unwrap();
}

pub(crate) fn number(record: &Record) -> u32 {
    u32::from_be_bytes(record.value.as_deref().unwrap().try_into().unwrap())
}

/// A member of a group, and what it was given.
pub(crate) struct Member {
    pub(crate) source: KafkaSource,
    pub(crate) generation: u64,
}

impl Member {
    pub(crate) fn join(settings: &Settings) -> Self {
        Self {
            source: KafkaSource::open(settings).unwrap(),
            generation: 0,
        }
    }

    /// The next event before `deadline`, outages left out.
    pub(crate) async fn before(&mut self, deadline: Instant, records_wanted: bool) -> Option<SourceEvent> {
        loop {
            match timeout_at(deadline, self.source.next(records_wanted)).await {
                Err(_) => return None,
                Ok(SourceEvent::Unavailable(_)) => {}
                // says only that the group has let the member in
                Ok(SourceEvent::Assigned(partitions)) if partitions.is_empty() => {}
                Ok(event) => return Some(event),
            }
        }
    }

    pub(crate) async fn event(&mut self) -> SourceEvent {
        self.before(Instant::now() + PATIENCE, true)
            .await
            .expect("an event in time")
    }

    /// Waits until `count` partitions are assigned; nothing else may happen meanwhile.
    pub(crate) async fn assigned(&mut self, count: usize) -> Vec<TopicPartition> {
        let mut all = Vec::new();
        while all.len() < count {
            match self.event().await {
                SourceEvent::Assigned(partitions) => all.extend(partitions),
                other => panic!("{other:?}"),
            }
        }
        all.sort();
        all
    }

    pub(crate) async fn revoked(&mut self) -> Vec<TopicPartition> {
        loop {
            match self.event().await {
                SourceEvent::Revoked(partitions) => return partitions,
                SourceEvent::Chunk(_) | SourceEvent::Drained { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Starts all of `partitions` at one offset, under a new generation.
    pub(crate) fn start(&mut self, partitions: &[TopicPartition], next_offset: i64) -> Generation {
        self.generation += 1;
        let generation = Generation(self.generation);
        let start = |partition: &TopicPartition| Start {
            partition: partition.clone(),
            next_offset,
            generation,
        };
        self.source.start(partitions.iter().map(start).collect());
        generation
    }

    pub(crate) async fn chunk(&mut self) -> Chunk {
        loop {
            match self.event().await {
                SourceEvent::Chunk(chunk) => return chunk,
                SourceEvent::Drained { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Takes chunks until `count` records are there.
    pub(crate) async fn records(&mut self, count: usize) -> BTreeMap<TopicPartition, Vec<Record>> {
        let mut all: BTreeMap<TopicPartition, Vec<Record>> = BTreeMap::new();
        let mut taken = 0;
        while taken < count {
            let chunk = self.chunk().await;
            taken += chunk.records.len();
            all.entry(chunk.partition).or_default().extend(chunk.records);
        }
        assert_eq!(taken, count);
        all
    }
}
