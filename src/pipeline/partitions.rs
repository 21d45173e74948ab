//! The partitions that the group has given to this worker.

use super::backoff::Backoff;
use super::flood::Floods;
use super::unstored::Unstored;
use super::watchdog::Watch;
use crate::position::{Epoch, Generation, TopicPartition};
use std::collections::BTreeMap;
use tokio::time::Instant;

/// What is going on with a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is claimed at this time, but not before its lane has ended all that it holds of it: that still continues
    /// the stored position, and a claim would make the lane's own batch fail.
    Wanted(Instant),
    /// Its position is being claimed.
    Claiming,
    /// It is read.
    Reading,
    /// The breaker has tripped: nothing more is taken in, and it stands still as soon as its lane has stored what it
    /// holds of it.
    Flooded,
    /// Its position is being moved over records that the log no longer holds.
    Skipping,
    /// It stands still until a person has decided.
    Halted {
        /// The store knows of it, so that a store which no longer does means: go on.
        noted: bool,
    },
}

/// One partition of this worker.
#[derive(Clone, Debug)]
pub(super) struct Partition {
    pub(super) stage: Stage,
    pub(super) epoch: Epoch,
    /// The claim that is under way, and then the reading that it led to.
    pub(super) generation: Generation,
    pub(super) lane: usize,
    /// The first offset that no batch has taken in.
    pub(super) next_offset: i64,
    /// The source reads it, whether or not that is still wanted.
    pub(super) started: bool,
    /// Reading is paused because its lane has too much already.
    pub(super) paused: bool,
    /// The group wants it back; it is released when nothing of it is under way, at the latest then.
    pub(super) release_by: Option<Instant>,
    /// The client has met records that it cannot read, perhaps here.
    pub(super) in_doubt: bool,
    /// How long claims have failed.
    pub(super) backoff: Backoff,
    pub(super) unstored: Unstored,
    pub(super) watch: Watch,
    pub(super) floods: Floods,
    /// What tripped the breaker.
    pub(super) flood: String,
}

impl Partition {
    fn new(lane: usize) -> Self {
        Self {
            stage: Stage::Wanted(Instant::now()),
            epoch: Epoch(0),
            generation: Generation(0),
            lane,
            next_offset: 0,
            started: false,
            paused: false,
            release_by: None,
            in_doubt: false,
            backoff: Backoff::default(),
            unstored: Unstored::default(),
            watch: Watch::default(),
            floods: Floods::default(),
            flood: String::new(),
        }
    }

    /// Whether records are taken in.
    pub(super) fn is_read(&self) -> bool {
        self.stage == Stage::Reading && self.release_by.is_none()
    }

    /// The breaker has tripped, unless something else has happened to the partition since.
    pub(super) fn trip(&mut self, flood: String) {
        if self.stage == Stage::Reading {
            self.stage = Stage::Flooded;
            self.flood = flood;
        }
    }

    /// Whether records of it may be in memory that a batch which is given up takes along.
    pub(super) fn has_been_read(&self) -> bool {
        matches!(self.stage, Stage::Reading | Stage::Flooded)
    }

    /// Whether what the source delivers under this generation is taken in. What it delivers under an older one
    /// is read again.
    pub(super) fn takes(&self, generation: Generation) -> bool {
        self.is_read() && self.generation == generation
    }

    /// When it is to be claimed, if it is.
    pub(super) fn wanted_at(&self) -> Option<Instant> {
        match self.stage {
            Stage::Wanted(at) if self.release_by.is_none() => Some(at),
            _ => None,
        }
    }
}

/// All partitions of this worker.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    owned: BTreeMap<TopicPartition, Partition>,
    generation: u64,
}

impl Partitions {
    /// Enters a partition that the group gave to this worker, or enters it anew.
    pub(super) fn assign(&mut self, partition: &TopicPartition, lane: usize) {
        self.owned.insert(partition.clone(), Partition::new(lane));
    }

    /// The lane with the fewest partitions of the topic, and of all topics among those. Their numbers would not do: each
    /// topic has a partition 0, and the first lanes would have more than their share.
    pub(super) fn idlest_lane(&self, topic: &str, lanes: usize) -> usize {
        let mut loads = vec![(0, 0); lanes];
        for (partition, entry) in &self.owned {
            if let Some((of_topic, of_all)) = loads.get_mut(entry.lane) {
                *of_topic += usize::from(*partition.topic == *topic);
                *of_all += 1;
            }
        }
        let least = loads.iter().enumerate().min_by_key(|(_, load)| *load);
        least.map_or(0, |(lane, _)| lane)
    }

    pub(super) fn get(&self, partition: &TopicPartition) -> Option<&Partition> {
        self.owned.get(partition)
    }

    pub(super) fn get_mut(&mut self, partition: &TopicPartition) -> Option<&mut Partition> {
        self.owned.get_mut(partition)
    }

    /// The partition, if this worker still holds it under that epoch.
    pub(super) fn held(&mut self, partition: &TopicPartition, epoch: Epoch) -> Option<&mut Partition> {
        self.owned.get_mut(partition).filter(|entry| entry.epoch == epoch)
    }

    pub(super) fn remove(&mut self, partition: &TopicPartition) -> Option<Partition> {
        self.owned.remove(partition)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&TopicPartition, &Partition)> {
        self.owned.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&TopicPartition, &mut Partition)> {
        self.owned.iter_mut()
    }

    /// The partitions for which `wanted` holds.
    pub(super) fn matching(&self, wanted: impl Fn(&TopicPartition, &Partition) -> bool) -> Vec<TopicPartition> {
        self.owned
            .iter()
            .filter(|(partition, entry)| wanted(partition, entry))
            .map(|(partition, _)| partition.clone())
            .collect()
    }

    /// A number for the next claim of any partition.
    pub(super) fn next_generation(&mut self) -> Generation {
        self.generation += 1;
        Generation(self.generation)
    }
}
