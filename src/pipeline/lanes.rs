//! The lanes: what each one gathers, has ready and is writing.

use super::lane::{LaneHandle, SMALLEST};
use crate::batch::{OpenBatch, SealedBatch};
use crate::position::TopicPartition;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// Why a batch is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    Rows,
    Bytes,
    Age,
    Revoke,
    Shutdown,
}

impl Trigger {
    /// The name in the metrics.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Bytes => "bytes",
            Self::Age => "age",
            Self::Revoke => "revoke",
            Self::Shutdown => "shutdown",
        }
    }
}

/// When a batch is full.
#[derive(Clone, Copy, Debug)]
pub struct BatchLimits {
    /// Records.
    pub max_rows: usize,
    /// Bytes of memory.
    pub max_bytes: usize,
    /// Time since its first record.
    pub max_wait: Duration,
}

/// How many full batches a lane keeps ready while one is written. More would only take memory.
const READY: usize = 1;

/// How many more a lane takes that stands still while others go on: what the source hands over is not sorted by
/// lanes. Past that the partitions of the lane are paused. So a lane holds at most `READY + SPARE` ready batches,
/// the one that is written, the open one, and what was left of one chunk.
const SPARE: usize = 1;

/// One lane as the pipeline sees it.
#[derive(Debug)]
pub(super) struct LaneBuffer {
    handle: LaneHandle,
    limits: BatchLimits,
    /// When a batch is full now: less than the limit after other transactions were in the way of a larger one.
    max_rows: usize,
    open: OpenBatch,
    opened_at: Option<Instant>,
    ready: VecDeque<(SealedBatch, Trigger, Instant)>,
    /// Partitions and bytes of the batch that is being written.
    writing: Option<(Vec<TopicPartition>, usize)>,
    /// The open batch is to be written as soon as the lane is idle, and why.
    flush: Option<Trigger>,
}

impl LaneBuffer {
    pub(super) fn new(handle: LaneHandle, limits: BatchLimits) -> Self {
        Self {
            handle,
            limits,
            max_rows: limits.max_rows,
            open: OpenBatch::default(),
            opened_at: None,
            ready: VecDeque::new(),
            writing: None,
            flush: None,
        }
    }

    /// The batch to push records of a partition into, which continues at `next_offset`.
    pub(super) fn open(&mut self) -> &mut OpenBatch {
        self.opened_at.get_or_insert_with(Instant::now);
        &mut self.open
    }

    /// Closes the open batch if it is full; says whether it was.
    pub(super) fn close_if_full(&mut self) -> bool {
        let trigger = if self.open.records() >= self.max_rows {
            Trigger::Rows
        } else if self.open.bytes() >= self.limits.max_bytes {
            Trigger::Bytes
        } else {
            return false;
        };
        self.close(trigger);
        true
    }

    fn close(&mut self, trigger: Trigger) {
        let opened_at = self.opened_at.take().unwrap_or_else(Instant::now);
        self.flush = None;
        if let Some(full) = std::mem::take(&mut self.open).seal() {
            self.ready.push_back((full, trigger, opened_at));
        }
    }

    /// Whether records are welcome.
    pub(super) fn has_room(&self) -> bool {
        self.ready.len() < READY
    }

    /// Whether so much has gathered, beyond what was asked for, that its partitions have to pause.
    pub(super) fn overflows(&self) -> bool {
        self.ready.len() > READY + SPARE
    }

    /// Asks for the open batch to be written whatever its size.
    pub(super) fn flush(&mut self, trigger: Trigger) {
        if !self.open.is_empty() {
            self.flush = Some(trigger);
        }
    }

    /// When the open batch is old enough to be written; none while the lane is busy or holds nothing.
    pub(super) fn due_at(&self) -> Option<Instant> {
        let opened_at = self
            .opened_at
            .filter(|_| self.writing.is_none() && self.ready.is_empty())?;
        Some(opened_at + self.limits.max_wait)
    }

    /// Hands the next batch to the lane if the lane is idle and there is one; says what was handed over.
    pub(super) fn dispatch(&mut self, now: Instant) -> Option<(Trigger, usize, Duration)> {
        if self.writing.is_some() {
            return None;
        }
        if self.ready.is_empty() {
            let aged = self
                .due_at()
                .is_some_and(|due_at| due_at <= now)
                .then_some(Trigger::Age);
            self.close(self.flush.or(aged)?);
        }
        let (batch, trigger, opened_at) = self.ready.pop_front()?;
        let rows = batch.rows();
        self.writing = Some((batch.partitions().cloned().collect(), batch.bytes()));
        self.handle.write(batch);
        Some((trigger, rows, now.saturating_duration_since(opened_at)))
    }

    /// The lane has ended its batch.
    pub(super) fn idle(&mut self) {
        self.writing = None;
    }

    /// Batches are to be half as large as one of so many records; gives their size.
    pub(super) fn shrink(&mut self, records: usize) -> usize {
        self.max_rows = (records / 2).max(SMALLEST).min(self.limits.max_rows);
        self.max_rows
    }

    /// A batch was stored: the next ones may be twice as large, up to the limit.
    pub(super) fn grow(&mut self) {
        self.max_rows = (self.max_rows * 2).min(self.limits.max_rows);
    }

    /// Asks the lane to give up its batch as soon as an attempt has failed.
    pub(super) fn abandon(&self) {
        self.handle.abandon();
    }

    /// Forgets everything that is not being written. Gives the partitions that have to be read again for it.
    pub(super) fn discard(&mut self) -> BTreeSet<TopicPartition> {
        self.opened_at = None;
        self.flush = None;
        let (open, ready) = (std::mem::take(&mut self.open), std::mem::take(&mut self.ready));
        let ready = ready.iter().flat_map(|(batch, _, _)| batch.partitions());
        ready.chain(open.partitions()).cloned().collect()
    }

    /// Whether records of the partition wait or are being written.
    pub(super) fn holds(&self, partition: &TopicPartition) -> bool {
        self.holds_unsent(partition) || self.is_writing(partition)
    }

    /// Whether records of the partition wait.
    pub(super) fn holds_unsent(&self, partition: &TopicPartition) -> bool {
        self.open.holds(partition) || self.ready.iter().any(|(batch, _, _)| batch.holds(partition))
    }

    /// Whether records of the partition are being written.
    pub(super) fn is_writing(&self, partition: &TopicPartition) -> bool {
        self.writing
            .as_ref()
            .is_some_and(|(partitions, _)| partitions.contains(partition))
    }

    /// Whether nothing waits and nothing is being written.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.ready.is_empty() && self.writing.is_none()
    }

    /// Bytes of all that waits or is being written.
    pub(super) fn bytes(&self) -> usize {
        let ready: usize = self.ready.iter().map(|(batch, _, _)| batch.bytes()).sum();
        self.open.bytes() + ready + self.writing.as_ref().map_or(0, |(_, bytes)| *bytes)
    }
}
