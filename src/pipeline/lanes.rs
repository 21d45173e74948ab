//! The lanes: what each one gathers, has ready and is writing.

use super::lane::{LaneEvent, LaneHandle};
use super::store::Store;
use crate::batch::OpenBatch;
use crate::position::TopicPartition;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::mpsc;
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

/// One lane as the pipeline sees it.
#[derive(Debug)]
pub(super) struct LaneBuffer {
    handle: LaneHandle,
    limits: BatchLimits,
    open: OpenBatch,
    opened_at: Option<Instant>,
    ready: VecDeque<(OpenBatch, Trigger, Instant)>,
    /// Partitions and bytes of the batch that is being written.
    writing: Option<(Vec<TopicPartition>, usize)>,
    /// The open batch is to be written as soon as the lane is idle, and why.
    flush: Option<Trigger>,
}

impl LaneBuffer {
    pub(super) fn spawn<S: Store>(
        number: usize,
        store: &S,
        limits: BatchLimits,
        events: mpsc::Sender<LaneEvent>,
    ) -> Self {
        let handle = LaneHandle::spawn(number, store.lane(), events);
        Self {
            handle,
            limits,
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

    /// Closes the open batch if it is full.
    pub(super) fn close_if_full(&mut self) {
        if self.open.records() >= self.limits.max_rows {
            self.close(Trigger::Rows);
        } else if self.open.bytes() >= self.limits.max_bytes {
            self.close(Trigger::Bytes);
        }
    }

    fn close(&mut self, trigger: Trigger) {
        let opened_at = self.opened_at.take().unwrap_or_else(Instant::now);
        self.flush = None;
        if !self.open.is_empty() {
            self.ready
                .push_back((std::mem::take(&mut self.open), trigger, opened_at));
        }
    }

    /// Whether records are welcome.
    pub(super) fn has_room(&self) -> bool {
        self.ready.len() <= READY
    }

    /// Whether so much has gathered, beyond what was asked for, that its partitions have to pause.
    pub(super) fn overflows(&self) -> bool {
        self.ready.len() > READY + 4
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
        let (open, trigger, opened_at) = self.ready.pop_front()?;
        let (rows, batch) = (open.rows(), open.seal()?);
        let partitions = batch.spans().iter().map(|span| span.partition.clone()).collect();
        self.writing = Some((partitions, batch.bytes()));
        self.handle.write(batch);
        Some((trigger, rows, now.saturating_duration_since(opened_at)))
    }

    /// The lane has ended its batch.
    pub(super) fn idle(&mut self) {
        self.writing = None;
    }

    /// Whether a batch is being written.
    pub(super) fn is_busy(&self) -> bool {
        self.writing.is_some()
    }

    /// Asks the lane to give up its batch as soon as an attempt has failed.
    pub(super) fn abandon(&self) {
        self.handle.abandon();
    }

    /// Forgets everything that is not being written.
    pub(super) fn discard(&mut self) {
        self.open = OpenBatch::default();
        self.opened_at = None;
        self.flush = None;
        self.ready.clear();
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
