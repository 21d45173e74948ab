//! Which partitions the group gave us, what is read of them, and how far. Pure.
//!
//! | a partition is | by | and leaves by |
//! |---|---|---|
//! | granted | the group assigned it | revoke, lose, release |
//! | read | `begin` | release, lose |
//! | revoked | the group wants it back | `release`; the group is answered once all that it wants back are released |
//!
//! A start of a partition that is read already needs a give-back before it, and the client takes any
//! give-back as the answer to an open revocation. Such starts wait until the revocation is answered.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem;
use std::sync::Arc;

use crate::pipeline::SourceEvent;
use crate::position::{Generation, Start, TopicPartition};

#[derive(Debug)]
struct Reading {
    generation: Generation,
    next_offset: i64,
    /// The client's position belongs to this reading, not to the one before it.
    position_is_ours: bool,
    /// Waits for a new start.
    muted: bool,
}

/// The partitions of this member of the group.
#[derive(Debug, Default)]
pub(super) struct Readings {
    granted: BTreeSet<TopicPartition>,
    revoked: BTreeSet<TopicPartition>,
    released: BTreeSet<TopicPartition>,
    deferred: BTreeMap<TopicPartition, Start>,
    hinted: BTreeMap<TopicPartition, i64>,
    by_topic: HashMap<Arc<str>, BTreeMap<i32, Reading>>,
}

impl Readings {
    pub(super) fn grant(&mut self, partitions: &[TopicPartition]) {
        for partition in partitions {
            self.hinted.remove(partition);
            self.granted.insert(partition.clone());
        }
    }

    /// Notes what the group wants back. What to answer at once, if nothing of it is ours.
    pub(super) fn revoke(&mut self, partitions: &[TopicPartition]) -> Option<Vec<TopicPartition>> {
        for partition in partitions {
            self.deferred.remove(partition);
            if self.granted.remove(partition) {
                self.revoked.insert(partition.clone());
            }
        }
        self.answer()
    }

    /// Ends readings. What to give back to the group now, if it may be given back.
    pub(super) fn release(&mut self, partitions: &[TopicPartition]) -> Option<Vec<TopicPartition>> {
        let mut ours = false;
        for partition in partitions {
            if self.revoked.remove(partition) || self.granted.remove(partition) {
                ours = true;
                self.end(partition);
                self.released.insert(partition.clone());
            }
        }
        if ours { self.answer() } else { None }
    }

    /// Forgets partitions that are gone, and with them an open revocation. All that has to be given back.
    pub(super) fn lose(&mut self, partitions: &[TopicPartition]) -> Vec<TopicPartition> {
        let mut gone: BTreeSet<TopicPartition> = partitions.iter().cloned().collect();
        gone.append(&mut self.revoked);
        for partition in &gone {
            self.granted.remove(partition);
            self.end(partition);
        }
        gone.append(&mut self.released);
        gone.into_iter().collect()
    }

    fn answer(&mut self) -> Option<Vec<TopicPartition>> {
        let complete = self.revoked.is_empty();
        complete.then(|| mem::take(&mut self.released).into_iter().collect())
    }

    fn end(&mut self, partition: &TopicPartition) {
        self.deferred.remove(partition);
        self.hinted.remove(partition);
        if let Some(readings) = self.by_topic.get_mut(&partition.topic) {
            readings.remove(&partition.partition);
        }
    }

    /// The starts that may be carried out now. Those of partitions that are not ours are dropped.
    pub(super) fn admit(&mut self, starts: Vec<Start>) -> Vec<Start> {
        let revoking = !self.revoked.is_empty();
        let mut admitted: BTreeMap<TopicPartition, Start> = BTreeMap::new();
        for start in starts {
            if !self.granted.contains(&start.partition) {
                continue;
            }
            let reading = self.reading(&start.partition.topic, start.partition.partition);
            if let Some(reading) = reading.filter(|_| revoking) {
                reading.muted = true;
                self.deferred.insert(start.partition.clone(), start);
            } else {
                admitted.insert(start.partition.clone(), start);
            }
        }
        admitted.into_values().collect()
    }

    /// The starts that waited for the answer to a revocation.
    pub(super) fn take_deferred(&mut self) -> Vec<Start> {
        mem::take(&mut self.deferred).into_values().collect()
    }

    /// Begins a reading; what the client still says of the one before is not believed.
    pub(super) fn begin(&mut self, start: &Start) {
        let reading = Reading {
            generation: start.generation,
            next_offset: start.next_offset,
            position_is_ours: false,
            muted: false,
        };
        let readings = self.by_topic.entry(Arc::clone(&start.partition.topic)).or_default();
        readings.insert(start.partition.partition, reading);
    }

    /// The generation under which a record is delivered; none if it must be dropped: its partition is not
    /// read, or it was delivered before.
    pub(super) fn accept(&mut self, topic: &str, partition: i32, offset: i64) -> Option<Generation> {
        let reading = self.reading(topic, partition)?;
        if reading.muted || offset < reading.next_offset {
            return None;
        }
        reading.next_offset = offset + 1;
        reading.position_is_ours = true;
        Some(reading.generation)
    }

    /// Compares the client's positions with what was delivered: where the log went on without records, an event.
    pub(super) fn drained(&mut self, positions: Vec<(TopicPartition, Option<i64>)>) -> Vec<SourceEvent> {
        let mut events = Vec::new();
        for (partition, position) in positions {
            let Some(reading) = self.reading(&partition.topic, partition.partition) else {
                continue;
            };
            match position {
                // stopping a reading clears the position, so the next one can only be of the new reading
                None => reading.position_is_ours = true,
                Some(next_offset)
                    if reading.position_is_ours && !reading.muted && next_offset > reading.next_offset =>
                {
                    reading.next_offset = next_offset;
                    let generation = reading.generation;
                    events.push(SourceEvent::Drained {
                        partition,
                        generation,
                        next_offset,
                    });
                }
                Some(_) => {}
            }
        }
        events
    }

    /// Whether the client's positions of these partitions can be believed.
    pub(super) fn positions_are_ours(&mut self, partitions: &[TopicPartition]) -> bool {
        let known = |partition: &TopicPartition| {
            let reading = self.reading(&partition.topic, partition.partition);
            reading.is_none_or(|reading| reading.position_is_ours)
        };
        partitions.iter().all(known)
    }

    /// The hints that move a partition of ours forward.
    pub(super) fn raise_hints(&mut self, hints: Vec<(TopicPartition, i64)>) -> Vec<(TopicPartition, i64)> {
        let mut raised = hints;
        raised.retain(|(partition, next_offset)| {
            let ours = self.granted.contains(partition) || self.revoked.contains(partition);
            let forward = self.hinted.get(partition).is_none_or(|hinted| hinted < next_offset);
            ours && forward
        });
        self.hinted.extend(raised.iter().cloned());
        raised
    }

    /// Delivers nothing more of any partition until it is started anew; whether there is one.
    pub(super) fn mute(&mut self) -> bool {
        let readings = self.by_topic.values_mut().flat_map(BTreeMap::values_mut);
        readings.map(|reading| reading.muted = true).count() > 0
    }

    /// Forgets all there is; gives it.
    pub(super) fn lose_everything(&mut self) -> Vec<TopicPartition> {
        let granted: Vec<TopicPartition> = self.granted.iter().cloned().collect();
        self.lose(&granted)
    }

    /// All partitions that are read.
    pub(super) fn partitions(&self) -> impl Iterator<Item = TopicPartition> + '_ {
        let of = |(topic, readings): (&Arc<str>, &BTreeMap<i32, Reading>)| {
            let topic = Arc::clone(topic);
            let all: Vec<i32> = readings.keys().copied().collect();
            all.into_iter()
                .map(move |partition| TopicPartition::new(Arc::clone(&topic), partition))
        };
        self.by_topic.iter().flat_map(of)
    }

    fn reading(&mut self, topic: &str, partition: i32) -> Option<&mut Reading> {
        self.by_topic.get_mut(topic)?.get_mut(&partition)
    }
}

#[cfg(test)]
mod tests;
