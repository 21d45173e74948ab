//! Records on their way into batches.

use super::lanes::LaneBuffer;
use super::source::Source;
use super::store::Store;
use super::worker::Worker;
use crate::event::{Decoded, Timestamp};
use crate::failpoint::took;
use crate::position::{Generation, TopicPartition};
use crate::record::Chunk;
use chrono::Utc;

impl<Log: Source, Database: Store> Worker<Log, Database> {
    /// Puts the records of a chunk into the batch of their lane. A chunk of an earlier reading, or of a partition
    /// that is gone, is no longer wanted: its records are read again by whoever owns the partition.
    pub(super) fn on_chunk(&mut self, chunk: Chunk) {
        let Some(entry) = self.partitions.get_mut(&chunk.partition) else {
            return;
        };
        let number = entry.lane;
        let Some(lane) = self.lanes.get_mut(number).filter(|_| entry.takes(chunk.generation)) else {
            return;
        };
        took(chunk.records.len());
        let now = Timestamp::from_micros(Utc::now().timestamp_micros());
        let nothing_before = entry.unstored.is_empty();
        let mut slot = None;
        for record in chunk.records {
            if record.offset < entry.next_offset {
                continue;
            }
            let decoded = record.decode(&self.settings.limits, now);
            let open = lane.open();
            let slot_of = *slot.get_or_insert_with(|| {
                entry.unstored.begin(record.offset, record.timestamp);
                open.span(&chunk.partition, entry.epoch, entry.next_offset)
            });
            entry.next_offset = record.offset + 1;
            let is_faulty = matches!(decoded, Decoded::Rejection(_));
            let flood = entry.floods.take(record.offset, is_faulty);
            open.push(slot_of, record, decoded);
            if lane.close_if_full() {
                slot = None;
            }
            if let Some(flood) = flood {
                entry.trip(flood);
                break;
            }
        }
        entry.watch.delivered();
        if nothing_before {
            self.board.oldest_unstored(&chunk.partition, entry.unstored.oldest());
        }
        if lane.overflows() {
            self.pause_lane(number);
        }
    }

    /// Moves the position over offsets that hold no records.
    pub(super) fn on_drained(&mut self, partition: &TopicPartition, generation: Generation, next_offset: i64) {
        let Some(entry) = self.partitions.get_mut(partition) else {
            return;
        };
        if !entry.takes(generation) || next_offset <= entry.next_offset {
            return;
        }
        let Some(lane) = self.lanes.get_mut(entry.lane) else {
            return;
        };
        let open = lane.open();
        entry.watch.delivered();
        let slot = open.span(partition, entry.epoch, entry.next_offset);
        open.advance(slot, next_offset);
        entry.next_offset = next_offset;
    }

    /// Pauses all partitions of a lane that has too much. One by one, as each delivers, a lane of a thousand
    /// partitions would still take a thousand chunks.
    fn pause_lane(&mut self, lane: usize) {
        let mut paused = Vec::new();
        for (partition, entry) in self.partitions.iter_mut() {
            if entry.lane == lane && entry.is_read() && !entry.paused {
                entry.paused = true;
                self.board.paused(partition, "memory", true);
                paused.push(partition.clone());
            }
        }
        if !paused.is_empty() {
            self.source.pause(paused);
        }
    }

    /// Resumes the partitions of lanes that have room again.
    pub(super) fn resume_lanes(&mut self) {
        let lanes = &self.lanes;
        let mut resumed = Vec::new();
        for (partition, entry) in self.partitions.iter_mut() {
            let has_room = lanes.get(entry.lane).is_some_and(LaneBuffer::has_room);
            if entry.paused && entry.is_read() && has_room {
                entry.paused = false;
                self.board.paused(partition, "memory", false);
                resumed.push(partition.clone());
            }
        }
        if !resumed.is_empty() {
            self.source.resume(resumed);
        }
    }
}
