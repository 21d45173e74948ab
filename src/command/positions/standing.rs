//! A partition as the store and the log know it.

use super::Chosen;
use crate::command::exit::{Exit, Failure};
use crate::command::wiring;
use crate::config::Config;
use crate::kafka::KafkaLookup;
use crate::pipeline::{Claimed, Lookup, Store, made_anew};
use crate::position::{TopicPartition, Watermarks};
use crate::store::PgStore;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is known of a partition.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) partition: TopicPartition,
    /// Its stored position; none if the group has never read it.
    pub(super) stored: Option<Claimed>,
    /// What the log holds; none if the topic has no such partition.
    pub(super) marks: Option<Watermarks>,
    /// How the log shows that it is not the one that the position is of, if it does.
    pub(super) anew: Option<String>,
}

impl Standing {
    /// The position and why the partition stands still, if it does.
    pub(super) fn halt(&self) -> Option<(&Claimed, &str)> {
        let stored = self.stored.as_ref()?;
        Some((stored, stored.halted.as_deref()?))
    }
}

/// Store and log, to be asked.
pub(super) struct Sides {
    pub(super) store: PgStore,
    pub(super) lookup: KafkaLookup,
}

impl Sides {
    pub(super) fn of(config: &Config) -> Result<Self, Failure> {
        Ok(Self {
            store: wiring::store(config),
            lookup: KafkaLookup::open(&wiring::kafka_settings(config))?,
        })
    }

    /// Every partition that is meant, of the topics and of the store; that there is none is a slip of the pen.
    pub(super) async fn look(&self, chosen: &Chosen, config: &Config) -> Result<Vec<Standing>, Failure> {
        let topics = chosen
            .topic
            .clone()
            .map_or_else(|| config.kafka.topics.clone(), |topic| vec![topic]);
        let mut listed = Vec::new();
        for topic in &topics {
            listed.extend(self.lookup.partitions(topic).await?);
        }
        let names = topics.iter().map(|topic| Arc::from(topic.as_str())).collect();
        let mut stored = self.store.positions(names).await?;
        // younger than the positions, as the comparison needs them
        let mut marks = self.lookup.watermarks(listed).await?;
        if marks.is_empty() && stored.is_empty() {
            let message = format!("there is no topic {}", topics.join(", nor "));
            return Err(Failure::new(Exit::Failed, message));
        }
        if let Some(number) = chosen.partition {
            stored.retain(|partition, _| partition.partition == number);
            marks.retain(|partition, _| partition.partition == number);
            if marks.is_empty() && stored.is_empty() {
                let message = format!("no partition {number} is among those of {}", topics.join(", "));
                return Err(Failure::new(Exit::Failed, message));
            }
        }
        let mut anew = made_anew(&self.lookup, &stored, &marks).await?;
        let all: BTreeSet<TopicPartition> = marks.keys().chain(stored.keys()).cloned().collect();
        let standing = |partition| Standing {
            stored: stored.remove(&partition),
            marks: marks.remove(&partition),
            anew: anew.remove(&partition),
            partition,
        };
        Ok(all.into_iter().map(standing).collect())
    }
}
