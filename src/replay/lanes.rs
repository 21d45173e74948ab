//! The lanes of a job: what each gathers and writes. A partition always has the same lane.

use crate::batch::{OpenBatch, SealedBatch};
use crate::pipeline::{self, Backoff, BatchLimits, Failure, FailureKind, Lane, Store, Written};
use crate::store::{PgLane, PgStore};
use crate::telemetry::write;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// How long a database that is away is waited for before the job rests.
const PATIENCE: Duration = Duration::from_mins(1);

/// What happened in a lane.
#[derive(Debug)]
pub(super) struct LaneEvent {
    pub(super) lane: usize,
    /// The batch as it is committed, or why it was given up.
    pub(super) what: Result<Box<Written>, Failure>,
    pub(super) elapsed: Duration,
}

/// One lane.
#[derive(Debug)]
struct Buffer {
    jobs: mpsc::Sender<SealedBatch>,
    open: OpenBatch,
    opened_at: Option<Instant>,
    ready: Option<OpenBatch>,
    writing: bool,
}

/// All lanes of a job.
#[derive(Debug)]
pub(super) struct Lanes {
    buffers: Vec<Buffer>,
    limits: BatchLimits,
    events: mpsc::Receiver<LaneEvent>,
    tasks: JoinSet<()>,
}

impl Lanes {
    pub(super) fn start(store: &PgStore, number: usize, limits: BatchLimits) -> Self {
        let mut tasks = JoinSet::new();
        let (told, events) = mpsc::channel(number);
        let buffer = |lane: usize| {
            let (jobs, waiting) = mpsc::channel(1);
            tasks.spawn(work(lane, store.lane(), waiting, told.clone()));
            Buffer {
                jobs,
                open: OpenBatch::default(),
                opened_at: None,
                ready: None,
                writing: false,
            }
        };
        Self {
            buffers: (0..number).map(buffer).collect(),
            limits,
            events,
            tasks,
        }
    }

    /// Fills the batch of a partition; closes it if that has made it full.
    pub(super) fn fill(&mut self, partition: i32, fill: impl FnOnce(&mut OpenBatch)) {
        let lane = usize::try_from(partition).unwrap_or(0) % self.buffers.len().max(1);
        let Some(buffer) = self.buffers.get_mut(lane) else {
            return;
        };
        buffer.opened_at.get_or_insert_with(Instant::now);
        fill(&mut buffer.open);
        let is_full = buffer.open.records() >= self.limits.max_rows || buffer.open.bytes() >= self.limits.max_bytes;
        if is_full && buffer.ready.is_none() {
            buffer.close();
        }
    }

    /// Whether records are welcome: no lane has a full batch waiting.
    pub(super) fn have_room(&self) -> bool {
        self.buffers.iter().all(|buffer| buffer.ready.is_none())
    }

    /// Hands batches that are full, old enough or, with `all`, whatever there is, to the lanes that are idle.
    pub(super) fn dispatch(&mut self, all: bool) {
        for buffer in self.buffers.iter_mut().filter(|buffer| !buffer.writing) {
            let age = buffer.opened_at.map(|at| at.elapsed());
            if buffer.ready.is_none() && (all || age.is_some_and(|age| age >= self.limits.max_wait)) {
                buffer.close();
            }
            if let Some(batch) = buffer.ready.take().and_then(OpenBatch::seal) {
                // an idle lane has room for one; that a lane is gone is told by its last event
                buffer.writing = buffer.jobs.try_send(batch).is_ok();
            }
        }
    }

    /// What happened next; none if every lane is gone.
    pub(super) async fn next(&mut self) -> Option<LaneEvent> {
        self.events.recv().await
    }

    /// The lane has ended its batch.
    pub(super) fn idle(&mut self, lane: usize) {
        if let Some(buffer) = self.buffers.get_mut(lane) {
            buffer.writing = false;
        }
    }

    /// Whether nothing waits and nothing is being written.
    pub(super) fn are_empty(&self) -> bool {
        let empty = |buffer: &Buffer| !buffer.writing && buffer.ready.is_none() && buffer.open.is_empty();
        self.buffers.iter().all(empty)
    }

    /// Whether a batch is being written.
    pub(super) fn are_writing(&self) -> bool {
        self.buffers.iter().any(|buffer| buffer.writing)
    }

    /// Cuts short whatever still runs; what is not committed is read again.
    pub(super) fn end(mut self) {
        self.tasks.abort_all();
    }
}

impl Buffer {
    fn close(&mut self) {
        self.opened_at = None;
        if !self.open.is_empty() {
            self.ready = Some(std::mem::take(&mut self.open));
        }
    }
}

/// Writes one batch after the other, each until it is stored or given up; ends with the first that is given up.
async fn work(lane: usize, mut writer: PgLane, mut jobs: mpsc::Receiver<SealedBatch>, told: mpsc::Sender<LaneEvent>) {
    let mut random = StdRng::from_rng(&mut rand::rng());
    while let Some(batch) = jobs.recv().await {
        let began = Instant::now();
        let what = store(&mut writer, batch, &mut random).await.map(Box::new);
        let over = what.is_err();
        let event = LaneEvent {
            lane,
            what,
            elapsed: began.elapsed(),
        };
        if told.send(event).await.is_err() || over {
            return;
        }
    }
}

async fn store(lane: &mut impl Lane, mut batch: SealedBatch, random: &mut StdRng) -> Result<Written, Failure> {
    let (mut backoff, began) = (Backoff::default(), Instant::now());
    loop {
        let tried_at = Instant::now();
        let (back, failure) = match pipeline::write(lane, batch).await {
            Ok(written) => return Ok(written),
            Err(failed) => failed,
        };
        let hopeless = matches!(failure.kind, FailureKind::Fenced | FailureKind::Defect);
        if hopeless || began.elapsed() > PATIENCE {
            return Err(failure);
        }
        let wait = backoff.next(failure.kind, random);
        write::database_retry(failure.kind.cause(), &failure, tried_at.elapsed(), wait);
        batch = back;
        sleep(wait).await;
    }
}
