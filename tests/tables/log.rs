//! Partitions as a worker reads them, and batches out of their records.

use crate::random::decode;
use audiohm_ingest::batch::{OpenBatch, SealedBatch};
use audiohm_ingest::position::{Epoch, TopicPartition};
use audiohm_ingest::record::Record;

/// One partition, its claim, and how far it is read.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) partition: TopicPartition,
    pub(crate) epoch: Epoch,
    pub(crate) next_offset: i64,
}

impl Log {
    pub(crate) fn new(number: i32) -> Self {
        Self {
            partition: TopicPartition::new("audiohm.plays", number),
            epoch: Epoch(1),
            next_offset: 0,
        }
    }

    /// A batch of records of this partition alone.
    pub(crate) fn batch(&mut self, records: impl IntoIterator<Item = Record>) -> SealedBatch {
        batch(
            std::slice::from_mut(self),
            records.into_iter().map(|record| (0, record)),
        )
    }
}

/// A batch of records, each appended to the log with its number.
pub(crate) fn batch(logs: &mut [Log], records: impl IntoIterator<Item = (usize, Record)>) -> SealedBatch {
    let mut open = OpenBatch::default();
    for (number, mut record) in records {
        let log = &mut logs[number];
        let slot = open.span(&log.partition, log.epoch, log.next_offset);
        // gaps between offsets are normal
        record.offset = log.next_offset + i64::from(log.next_offset % 3 == 1);
        log.next_offset = record.offset + 1;
        let decoded = decode(&record);
        open.push(slot, record, decoded);
    }
    open.seal().expect("there are records")
}
