//! Records on their way into batches.

use super::partitions::Stage;
use super::source::Source;
use super::store::Store;
use super::worker::Worker;
use crate::event::Timestamp;
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
        if entry.stage != Stage::Reading || entry.generation != chunk.generation || entry.release_by.is_some() {
            return;
        }
        let Some(lane) = self.lanes.get_mut(entry.lane) else {
            return;
        };
        let now = Timestamp::from_micros(Utc::now().timestamp_micros());
        for record in chunk.records {
            if record.offset < entry.next_offset {
                continue;
            }
            let decoded = record.decode(&self.settings.limits, now);
            let open = lane.open();
            let slot = open.span(&chunk.partition, entry.epoch, entry.next_offset);
            entry.next_offset = record.offset + 1;
            open.push(slot, record, decoded);
            lane.close_if_full();
        }
        if lane.overflows() && !entry.paused {
            entry.paused = true;
            self.board.paused(&chunk.partition, "memory", true);
            self.source.pause(vec![chunk.partition]);
        }
    }

    /// Moves the position over offsets that hold no records.
    pub(super) fn on_drained(&mut self, partition: &TopicPartition, generation: Generation, next_offset: i64) {
        let Some(entry) = self.partitions.get_mut(partition) else {
            return;
        };
        let stale = entry.stage != Stage::Reading || entry.generation != generation || entry.release_by.is_some();
        if stale || next_offset <= entry.next_offset {
            return;
        }
        let Some(lane) = self.lanes.get_mut(entry.lane) else {
            return;
        };
        let open = lane.open();
        let slot = open.span(partition, entry.epoch, entry.next_offset);
        open.advance(slot, next_offset);
        entry.next_offset = next_offset;
    }
}
