//! A lane: one task that writes one batch at a time, and tries again until it is stored or given up.

use super::backoff::Backoff;
use super::store::{Failure, FailureKind, Lane};
use super::written::{Written, write};
use crate::batch::SealedBatch;
use crate::position::Span;
use rand::rngs::StdRng;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// What happened in a lane.
#[derive(Debug)]
pub(super) struct LaneEvent {
    /// The number of the lane.
    pub(super) lane: usize,
    /// How long the attempt took that ended in it.
    pub(super) elapsed: Duration,
    pub(super) what: What,
}

/// What a lane reports.
#[derive(Debug)]
pub(super) enum What {
    /// The batch is committed; the lane is idle.
    Written(Box<Written>),
    /// The batch is given up; the lane is idle. Its records have to be read again.
    Dropped(Dropped),
    /// The batch could not be stored; the lane tries again after a while.
    Trouble(Failure, Duration),
}

/// A batch that was given up.
#[derive(Debug)]
pub(super) struct Dropped {
    pub(super) spans: Vec<Span>,
    /// Number of records.
    pub(super) records: usize,
    pub(super) why: Why,
}

/// Why a batch is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The store refused it, since another worker has claimed a partition.
    Fenced,
    /// The pipeline asked for it.
    Asked,
    /// Other transactions were in its way again and again: a smaller one meets fewer of them.
    Contended,
}

/// So many times in a row another transaction may be in the way of a batch before smaller ones are tried.
const CONTENDED: u32 = 5;
/// A batch with no more records than this is not made smaller.
pub(super) const SMALLEST: usize = 100;

/// A batch, and the number of requests to give up that were made before it.
type Job = (SealedBatch, u64);

/// The pipeline's end of a lane.
#[derive(Debug)]
pub(super) struct LaneHandle {
    jobs: mpsc::Sender<Job>,
    give_up: watch::Sender<u64>,
}

impl LaneHandle {
    /// Starts the task of a lane among `tasks`. It ends before the handle does only by a panic.
    pub(super) fn spawn<L: Lane>(
        number: usize,
        lane: L,
        events: mpsc::Sender<LaneEvent>,
        random: StdRng,
        tasks: &mut JoinSet<()>,
    ) -> Self {
        let (jobs, mut incoming) = mpsc::channel(1);
        let (give_up, asked) = watch::channel(0);
        let mut task = Task {
            number,
            lane,
            asked,
            events,
            random,
        };
        tasks.spawn(async move {
            while let Some(job) = incoming.recv().await {
                if task.write(job).await.is_none() {
                    return;
                }
            }
        });
        Self { jobs, give_up }
    }

    /// Hands a batch to an idle lane.
    pub(super) fn write(&self, batch: SealedBatch) {
        let asked = *self.give_up.borrow();
        // an idle lane has room for one; that a lane is gone is noticed by its task
        let _ = self.jobs.try_send((batch, asked));
    }

    /// Asks the lane to give up its batch as soon as an attempt has failed. An attempt that is under way is never
    /// cut short: nobody would know what became of it.
    pub(super) fn abandon(&self) {
        self.give_up.send_modify(|number| *number += 1);
    }
}

struct Task<L> {
    number: usize,
    lane: L,
    asked: watch::Receiver<u64>,
    events: mpsc::Sender<LaneEvent>,
    random: StdRng,
}

impl<L: Lane> Task<L> {
    /// Writes a batch until it is stored or given up; none if nobody listens any more.
    async fn write(&mut self, (mut batch, asked): Job) -> Option<()> {
        let mut backoff = Backoff::default();
        let mut contended = 0;
        loop {
            let tried_at = Instant::now();
            let failure = match write(&mut self.lane, batch).await {
                Ok(written) => return self.report(tried_at, What::Written(Box::new(written))).await,
                Err((back, failure)) => {
                    batch = back;
                    failure
                }
            };
            if failure.kind == FailureKind::Fenced {
                return self.report(tried_at, dropped(&batch, Why::Fenced)).await;
            }
            contended = if failure.kind == FailureKind::Contention {
                contended + 1
            } else {
                0
            };
            let wait = backoff.next(failure.kind, &mut self.random);
            self.report(tried_at, What::Trouble(failure, wait)).await?;
            if self.is_abandoned_within(wait, asked).await {
                return self.report(Instant::now(), dropped(&batch, Why::Asked)).await;
            }
            if contended >= CONTENDED && batch.entries().len() > SMALLEST {
                return self.report(Instant::now(), dropped(&batch, Why::Contended)).await;
            }
        }
    }

    /// Waits; true as soon as the pipeline asks for the batch to be given up.
    async fn is_abandoned_within(&mut self, wait: Duration, asked: u64) -> bool {
        let abandoned = self.asked.wait_for(|number| *number != asked);
        tokio::time::timeout(wait, abandoned).await.is_ok()
    }

    async fn report(&mut self, since: Instant, what: What) -> Option<()> {
        let event = LaneEvent {
            lane: self.number,
            elapsed: since.elapsed(),
            what,
        };
        self.events.send(event).await.ok()
    }
}

fn dropped(batch: &SealedBatch, why: Why) -> What {
    What::Dropped(Dropped {
        spans: batch.spans().to_vec(),
        records: batch.entries().len(),
        why,
    })
}
