//! A lane: one task that writes one batch at a time, and tries again until it is stored or given up.

use super::backoff::Backoff;
use super::store::{Failure, FailureKind, Lane};
use super::written::{Written, write};
use crate::batch::SealedBatch;
use crate::position::Span;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// What a lane reports.
#[derive(Debug)]
pub(super) enum LaneEvent {
    /// The batch is committed; the lane is idle.
    Written {
        lane: usize,
        written: Box<Written>,
        started: Instant,
    },
    /// The batch is given up; the lane is idle. Its records have to be read again.
    Dropped {
        lane: usize,
        spans: Vec<Span>,
        why: Dropped,
    },
    /// The batch could not be stored; the lane tries again.
    Trouble {
        failure: Failure,
        elapsed: Duration,
        wait: Duration,
    },
}

/// Why a batch was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dropped {
    /// The store refused it: another worker has claimed a partition.
    Fenced,
    /// The pipeline asked for it.
    Abandoned,
}

/// The pipeline's end of a lane.
#[derive(Debug)]
pub(super) struct LaneHandle {
    batches: mpsc::Sender<SealedBatch>,
    abandon: watch::Sender<u64>,
}

impl LaneHandle {
    /// Starts the task of a lane.
    pub(super) fn spawn<L: Lane>(number: usize, lane: L, events: mpsc::Sender<LaneEvent>) -> Self {
        let (batches, incoming) = mpsc::channel(1);
        let (abandon, abandoned) = watch::channel(0);
        tokio::spawn(run(number, lane, incoming, abandoned, events));
        Self { batches, abandon }
    }

    /// Hands a batch to an idle lane.
    pub(super) fn write(&self, batch: SealedBatch) {
        // an idle lane has room for one; a lane that is gone ended with the runtime
        let _ = self.batches.try_send(batch);
    }

    /// Asks the lane to give up its batch as soon as an attempt has failed.
    pub(super) fn abandon(&self) {
        self.abandon.send_modify(|number| *number += 1);
    }
}

async fn run<L: Lane>(
    number: usize,
    mut lane: L,
    mut incoming: mpsc::Receiver<SealedBatch>,
    mut abandoned: watch::Receiver<u64>,
    events: mpsc::Sender<LaneEvent>,
) {
    while let Some(mut batch) = incoming.recv().await {
        let started = Instant::now();
        let mut backoff = Backoff::default();
        let mut tried_at = started;
        abandoned.mark_unchanged();
        let end = loop {
            match write(&mut lane, batch).await {
                Ok(written) => {
                    break LaneEvent::Written {
                        lane: number,
                        written: Box::new(written),
                        started,
                    };
                }
                Err((back, failure)) if failure.kind == FailureKind::Fenced => {
                    break LaneEvent::Dropped {
                        lane: number,
                        spans: back.spans().to_vec(),
                        why: Dropped::Fenced,
                    };
                }
                Err((back, failure)) => {
                    let wait = backoff.next(failure.kind);
                    let elapsed = tried_at.elapsed();
                    let _ = events.send(LaneEvent::Trouble { failure, elapsed, wait }).await;
                    tokio::select! {
                        () = tokio::time::sleep(wait) => (batch, tried_at) = (back, Instant::now()),
                        _ = abandoned.changed() => {
                            let spans = back.spans().to_vec();
                            break LaneEvent::Dropped { lane: number, spans, why: Dropped::Abandoned };
                        }
                    }
                }
            }
        };
        if events.send(end).await.is_err() {
            return;
        }
    }
}
