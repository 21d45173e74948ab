//! Sends made-up events to their topics.

use crate::config::Config;
use crate::generate::{Counts, Feed, Made};
use crate::kafka::{self, ClientError, Outgoing, Producer};
use chrono::Utc;
use std::time::Duration;

use super::wiring;

/// How long the broker may take for what is under way at the end.
const FLUSH_WITHIN: Duration = Duration::from_secs(30);

/// Partitions of a topic that is made, unless something else is asked for.
pub(super) const PARTITIONS: u16 = 6;

/// Sends events and counts them. Blocking, like the producer under it.
#[derive(Debug)]
pub(super) struct Sender {
    producer: Producer,
    plays: String,
    likes: String,
    counts: Counts,
}

impl Sender {
    /// Plays go to the first of the topics, likes to the second if there is one.
    pub(super) fn open(config: &Config) -> Result<Self, ClientError> {
        let mut topics = config.kafka.topics.iter();
        let plays = topics.next().cloned().unwrap_or_default();
        let likes = topics.next().unwrap_or(&plays).clone();
        Ok(Self {
            producer: Producer::open(&wiring::kafka_settings(config))?,
            plays,
            likes,
            counts: Counts::default(),
        })
    }

    /// Hands an event to the client; waits while too many are under way.
    pub(super) fn send(&mut self, made: &Made) -> Result<(), ClientError> {
        let topic = match made.feed {
            Feed::Plays => &self.plays,
            Feed::Likes => &self.likes,
        };
        self.producer.send(&Outgoing {
            topic,
            key: Some(made.key.as_bytes()),
            value: Some(&made.value),
            headers: &[],
            timestamp: Some(made.timestamp),
        })?;
        self.counts.add(made.sort);
        Ok(())
    }

    /// Waits until the brokers have taken everything.
    pub(super) fn flush(&mut self) -> Result<(), ClientError> {
        self.producer.flush(FLUSH_WITHIN)
    }

    /// What was sent.
    pub(super) fn counts(&self) -> Counts {
        self.counts
    }
}

/// Makes the topics that are missing; returns the names of those.
pub(super) async fn make_topics(config: &Config, partitions: u16) -> Result<Vec<String>, ClientError> {
    let settings = wiring::kafka_settings(config);
    kafka::ensure_topics(&settings, &config.kafka.topics, i32::from(partitions)).await
}

/// The present, in milliseconds since 1970.
pub(super) fn now() -> i64 {
    Utc::now().timestamp_millis()
}
