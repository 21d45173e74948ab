//! The lanes of a job: what each gathers and writes. A partition has the same lane for the whole run.

use crate::batch::{OpenBatch, SealedBatch};
use crate::pipeline::{self, Backoff, BatchLimits, Failure, FailureKind, Lane, Store, Written};
use crate::position::{OffsetRange, TopicPartition};
use crate::store::{PgLane, PgStore};
use crate::telemetry::write;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// How long a database that is away is waited for before the job rests.
const PATIENCE: Duration = Duration::from_mins(1);

/// How many full batches a lane may have waiting while reading goes on for the others: what is read is not sorted by
/// lanes. What is left of the chunk that was read last may come on top.
const READY: usize = 1;

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
    ready: VecDeque<SealedBatch>,
    writing: bool,
}

/// All lanes of a job.
#[derive(Debug)]
pub(super) struct Lanes {
    buffers: Vec<Buffer>,
    of_partition: BTreeMap<TopicPartition, usize>,
    limits: BatchLimits,
    events: mpsc::Receiver<LaneEvent>,
    tasks: JoinSet<()>,
}

impl Lanes {
    pub(super) fn start(store: &PgStore, number: usize, limits: BatchLimits, ranges: &[OffsetRange]) -> Self {
        let mut tasks = JoinSet::new();
        let (told, events) = mpsc::channel(number);
        let buffer = |lane: usize| {
            let (jobs, waiting) = mpsc::channel(1);
            tasks.spawn(work(lane, store.lane(), waiting, told.clone()));
            Buffer {
                jobs,
                open: OpenBatch::default(),
                opened_at: None,
                ready: VecDeque::new(),
                writing: false,
            }
        };
        Self {
            buffers: (0..number).map(buffer).collect(),
            of_partition: share_out(ranges, number),
            limits,
            events,
            tasks,
        }
    }

    /// Fills the batch of a partition; closes it if that has made it full.
    pub(super) fn fill(&mut self, partition: &TopicPartition, fill: impl FnOnce(&mut OpenBatch)) {
        let lane = self.of_partition.get(partition).copied().unwrap_or(0);
        let Some(buffer) = self.buffers.get_mut(lane) else {
            return;
        };
        buffer.opened_at.get_or_insert_with(Instant::now);
        fill(&mut buffer.open);
        let is_full = buffer.open.records() >= self.limits.max_rows || buffer.open.bytes() >= self.limits.max_bytes;
        if is_full {
            buffer.close();
        }
    }

    /// Whether records are welcome: a lane has no full batch waiting, and none has more than it may.
    pub(super) fn have_room(&self) -> bool {
        let wanting = self.buffers.iter().any(|buffer| buffer.ready.is_empty());
        wanting && self.buffers.iter().all(|buffer| buffer.ready.len() <= READY)
    }

    /// Hands batches that are full, old enough or, with `all`, whatever there is, to the lanes that are idle.
    pub(super) fn dispatch(&mut self, all: bool) {
        for buffer in self.buffers.iter_mut().filter(|buffer| !buffer.writing) {
            let age = buffer.opened_at.map(|at| at.elapsed());
            if buffer.ready.is_empty() && (all || age.is_some_and(|age| age >= self.limits.max_wait)) {
                buffer.close();
            }
            if let Some(batch) = buffer.ready.pop_front() {
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
        let empty = |buffer: &Buffer| !buffer.writing && buffer.ready.is_empty() && buffer.open.is_empty();
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
        self.ready.extend(std::mem::take(&mut self.open).seal());
    }
}

/// A lane for each range: the largest first, each to the lane that has least by then. What is to be read is known here,
/// unlike in the live flow, so that the lanes end at about the same time.
fn share_out(ranges: &[OffsetRange], number: usize) -> BTreeMap<TopicPartition, usize> {
    let mut loads = vec![0_i64; number];
    let mut sorted: Vec<&OffsetRange> = ranges.iter().collect();
    sorted.sort_by_key(|range| std::cmp::Reverse(range.offsets()));
    let mut lanes = BTreeMap::new();
    for range in sorted {
        if let Some((lane, load)) = loads.iter_mut().enumerate().min_by_key(|(_, load)| **load) {
            *load += range.offsets();
            lanes.insert(range.partition.clone(), lane);
        }
    }
    lanes
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_shared_out_so_that_no_lane_has_much_more_than_another() {
        let range = |partition, end_offset| OffsetRange {
            partition: TopicPartition::new("plays", partition),
            start_offset: 0,
            end_offset,
        };
        let ranges = [range(0, 50), range(1, 10), range(2, 50), range(3, 90)];
        let lanes = share_out(&ranges, 2);
        let load = |lane: usize| -> i64 {
            let of_lane = ranges.iter().filter(|range| lanes[&range.partition] == lane);
            of_lane.map(OffsetRange::offsets).sum()
        };
        assert_eq!((load(0), load(1)), (100, 100));
        assert!(share_out(&[], 2).is_empty());
    }
}
