//! The partitions that the group has given to this worker.

use crate::position::{Epoch, Generation, TopicPartition};
use std::collections::BTreeMap;
use tokio::time::Instant;

/// What is going on with a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its position is being claimed.
    Claiming,
    /// It is read.
    Reading,
    /// It is claimed again as soon as its lane is idle: a claim now would make the lane's own batch fail.
    Restarting,
    /// It stands still until a person has decided.
    Halted,
    /// Another worker claimed it; unless the group takes it away it is claimed again at this time.
    Fenced(Instant),
}

/// One partition of this worker.
#[derive(Clone, Copy, Debug)]
pub(super) struct Partition {
    pub(super) stage: Stage,
    pub(super) epoch: Epoch,
    pub(super) generation: Generation,
    pub(super) lane: usize,
    /// The first offset that no batch has taken in.
    pub(super) next_offset: i64,
    /// Reading is paused because its lane has too much already.
    pub(super) paused: bool,
    /// The group wants it back; it is released when nothing of it is under way, at the latest then.
    pub(super) release_by: Option<Instant>,
}

/// All partitions of this worker.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    owned: BTreeMap<TopicPartition, Partition>,
    generation: u64,
}

impl Partitions {
    /// Enters a partition that the group gave to this worker. A partition always has the same lane.
    pub(super) fn assign(&mut self, partition: &TopicPartition, lanes: usize) {
        let lane = usize::try_from(partition.partition).unwrap_or(0) % lanes.max(1);
        let entry = Partition {
            stage: Stage::Claiming,
            epoch: Epoch(0),
            generation: Generation(0),
            lane,
            next_offset: 0,
            paused: false,
            release_by: None,
        };
        self.owned.insert(partition.clone(), entry);
    }

    pub(super) fn get(&self, partition: &TopicPartition) -> Option<&Partition> {
        self.owned.get(partition)
    }

    pub(super) fn get_mut(&mut self, partition: &TopicPartition) -> Option<&mut Partition> {
        self.owned.get_mut(partition)
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

    /// A number for the next reading of any partition.
    pub(super) fn next_generation(&mut self) -> Generation {
        self.generation += 1;
        Generation(self.generation)
    }
}
