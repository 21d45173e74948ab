//! Partitions of which one holds bytes that are no records: the client does not say which.

use std::collections::{BTreeMap, VecDeque};

use crate::position::TopicPartition;

/// Each with the offset at which it came under suspicion; the first is the one that is read, alone.
#[derive(Debug, Default)]
pub(super) struct Suspects(VecDeque<(TopicPartition, i64)>);

impl Suspects {
    /// All that is left to read.
    pub(super) fn of(left: &BTreeMap<TopicPartition, (i64, i64)>) -> Self {
        let at = left.iter();
        Self(
            at.map(|(partition, (next_offset, _))| (partition.clone(), *next_offset))
                .collect(),
        )
    }

    /// Whether the partition may be read now.
    pub(super) fn allow(&self, partition: &TopicPartition) -> bool {
        self.0.front().is_none_or(|(first, _)| first == partition)
    }

    /// The one that is read alone, if any is: it cannot be read.
    pub(super) fn convict(&mut self) -> Option<TopicPartition> {
        self.0.pop_front().map(|(partition, _)| partition)
    }

    /// The one that is read alone is none any more once something of it was read; says whether that is so.
    pub(super) fn acquit(&mut self, left: &BTreeMap<TopicPartition, (i64, i64)>) -> bool {
        let moved = |(partition, at): &mut (TopicPartition, i64)| {
            left.get(partition).is_none_or(|(next_offset, _)| next_offset > at)
        };
        self.0.pop_front_if(moved).is_some()
    }
}
