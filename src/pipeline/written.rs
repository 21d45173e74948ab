//! The only way from a sealed batch to something that may be told to the log.

use super::store::{Failure, Lane, Receipt};
use crate::batch::{Entry, SealedBatch};
use crate::event::Kind;
use crate::position::{Epoch, Span, TopicPartition};

/// Proof that a batch is committed.
#[derive(Debug)]
pub struct Written {
    batch: SealedBatch,
    receipt: Receipt,
}

/// Writes a batch. This is the one place that makes a [`Written`].
pub async fn write(lane: &mut impl Lane, batch: SealedBatch) -> Result<Written, (SealedBatch, Failure)> {
    match lane.write(&batch).await {
        Ok(receipt) => Ok(Written { batch, receipt }),
        Err(failure) => Err((batch, failure)),
    }
}

impl Written {
    /// What was committed.
    #[must_use]
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// How far each partition got.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        self.batch.spans()
    }

    /// Number of records.
    #[must_use]
    pub fn records(&self) -> usize {
        self.batch.entries().len()
    }

    /// Number of rows after folding.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.batch.rows()
    }

    /// Bytes that the batch took.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.batch.bytes()
    }

    /// Kind and Kafka timestamp (milliseconds since 1970) of each record that has one.
    pub fn timestamps(&self) -> impl Iterator<Item = (Kind, i64)> {
        let timestamp = |entry: &Entry| entry.record.timestamp.map(|timestamp| (entry.kind, timestamp));
        self.batch.entries().iter().filter_map(timestamp)
    }

    /// Partition, epoch and offset of each record, and whether it is faulty in itself, in the order in which they came.
    pub fn faults(&self) -> impl Iterator<Item = (&TopicPartition, Epoch, i64, bool)> {
        let faulty = &self.receipt.faulty;
        self.batch.entries().iter().enumerate().map(move |(number, entry)| {
            let span = self.batch.span(entry);
            let is_faulty = faulty.binary_search(&number).is_ok();
            (&span.partition, span.epoch, entry.record.offset, is_faulty)
        })
    }

    /// What the log may be told: the position of each partition.
    pub fn hints(&self) -> impl Iterator<Item = (TopicPartition, i64)> {
        self.spans()
            .iter()
            .map(|span| (span.partition.clone(), span.next_offset))
    }
}
