//! What a member of the group reads, and what it reads next.

use super::log::{Ahead, FakeLog};
use super::source::Command;
use crate::pipeline::SourceEvent;
use crate::position::{Generation, TopicPartition};
use crate::record::Chunk;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// One reading of a partition.
pub(super) struct Reading {
    pub(super) generation: Generation,
    pub(super) next_offset: i64,
    pub(super) paused: bool,
    /// Its position is outside the log or at a record that is broken, which was said once.
    pub(super) silent: bool,
}

/// What a member of the group has and knows.
#[derive(Default)]
pub(super) struct Member {
    pub(super) control: VecDeque<SourceEvent>,
    pub(super) injected: VecDeque<SourceEvent>,
    pub(super) granted: BTreeSet<TopicPartition>,
    pub(super) revoked: BTreeSet<TopicPartition>,
    pub(super) readings: BTreeMap<TopicPartition, Reading>,
    pub(super) hinted: BTreeMap<TopicPartition, i64>,
    pub(super) commands: Vec<Command>,
    pub(super) last: Option<TopicPartition>,
    pub(super) fatal: Option<String>,
    pub(super) fatal_told: usize,
    /// Partitions of which nothing is delivered, and whether a new beginning ends that.
    pub(super) mute: BTreeMap<TopicPartition, bool>,
}

impl Member {
    pub(super) fn end(&mut self, partition: &TopicPartition) {
        self.granted.remove(partition);
        self.revoked.remove(partition);
        self.readings.remove(partition);
        self.hinted.remove(partition);
    }

    /// The next event of the readings, which take turns.
    pub(super) fn read(&mut self, log: &FakeLog, count: usize) -> Option<SourceEvent> {
        let mut order: Vec<TopicPartition> = self.readings.keys().cloned().collect();
        let after = order
            .iter()
            .take_while(|partition| Some(*partition) <= self.last.as_ref())
            .count();
        order.rotate_left(after);
        for partition in order {
            let event = self.read_partition(&partition, log, count);
            if event.is_some() {
                self.last = Some(partition);
                return event;
            }
        }
        None
    }

    fn read_partition(&mut self, partition: &TopicPartition, log: &FakeLog, count: usize) -> Option<SourceEvent> {
        let reading = self.readings.get_mut(partition)?;
        if reading.paused || reading.silent || self.mute.contains_key(partition) {
            return None;
        }
        let generation = reading.generation;
        match log.ahead(partition, reading.next_offset, count) {
            Ahead::Records(records) => {
                reading.next_offset = records.last()?.offset + 1;
                let bytes = records.iter().map(crate::record::Record::size).sum();
                let partition = partition.clone();
                Some(SourceEvent::Chunk(Chunk {
                    partition,
                    generation,
                    records,
                    bytes,
                }))
            }
            Ahead::Nothing { end_offset } => {
                let before = std::mem::replace(&mut reading.next_offset, end_offset);
                let (partition, next_offset) = (partition.clone(), end_offset);
                (before < end_offset).then_some(SourceEvent::Drained {
                    partition,
                    generation,
                    next_offset,
                })
            }
            Ahead::OutOfRange | Ahead::Unreadable => {
                reading.silent = true;
                Some(SourceEvent::PositionsInDoubt)
            }
        }
    }
}
