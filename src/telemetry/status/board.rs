//! Where the pipeline writes what is true, and everybody else reads it.

use super::state::{Board, latest};
use super::{Check, Claim, DeadLetterCount, Halt, PartitionStatus, ReplayStatus, Status};
use crate::position::{TopicPartition, Watermarks};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The shared state of one worker. Cloning gives the same board. Every call takes a lock for the
/// time of a few assignments and never waits for anything else.
#[derive(Clone, Debug)]
pub struct StatusBoard {
    board: Arc<Mutex<Board>>,
}

impl StatusBoard {
    /// A worker that is not ready for anything yet. Its main loop counts as alive from now on.
    #[must_use]
    pub fn new(version: &str, group_id: &str, topics: &[String]) -> Self {
        let board = Board::new(version, group_id, topics);
        let board = Arc::new(Mutex::new(board));
        Self { board }
    }

    fn lock(&self) -> MutexGuard<'_, Board> {
        // every write leaves the board whole, so that a panic elsewhere does not spoil it
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The main loop went round, or waits for something in its order (a database that is away).
    /// Due every few seconds in any case: without it the process counts as hung.
    pub fn tick(&self) {
        self.lock().ticked_at = Instant::now();
    }

    /// How long ago the main loop went round.
    #[must_use]
    pub fn since_tick(&self) -> Duration {
        self.lock().ticked_at.elapsed()
    }

    /// The result of a readiness check; a name of its own adds a check.
    pub fn check(&self, name: &str, result: Result<(), String>) {
        let now = Utc::now();
        let mut board = self.lock();
        if let Some(check) = board.checks.iter_mut().find(|check| check.name == name) {
            check.set(result, now);
        } else {
            let mut check = Check::not_yet(name, now);
            check.set(result, now);
            board.checks.push(check);
        }
    }

    /// The group assigned these partitions; they are not claimed yet.
    pub fn assigned(&self, partitions: &[TopicPartition]) {
        let now = Utc::now();
        let mut board = self.lock();
        for partition in partitions {
            board
                .partitions
                .insert(partition.clone(), PartitionStatus::assigned(partition, now));
        }
    }

    /// These partitions belong to somebody else now: everything about them ends here.
    pub fn gone(&self, partitions: &[TopicPartition]) {
        let mut board = self.lock();
        for partition in partitions {
            board.partitions.remove(partition);
        }
    }

    /// A partition was claimed in PostgreSQL.
    pub fn claimed(&self, partition: &TopicPartition, claim: Claim) {
        self.with(partition, |status| status.claimed(claim));
    }

    /// The position moved to `next_offset`; with the Kafka timestamp of the last record stored, in
    /// milliseconds since 1970, if there was one.
    pub fn stored(&self, partition: &TopicPartition, next_offset: i64, last_record_timestamp: Option<i64>) {
        self.with(partition, |status| status.stored(next_offset, last_record_timestamp));
    }

    /// Kafka timestamp of the oldest record in memory that is not stored; none if there is no such record.
    pub fn oldest_unstored(&self, partition: &TopicPartition, timestamp: Option<i64>) {
        self.with(partition, |status| status.oldest_unstored(timestamp));
    }

    /// What the log holds, as it answered to a question put at `asked_at`.
    pub fn watermarks(&self, answer: &BTreeMap<TopicPartition, Watermarks>, asked_at: DateTime<Utc>) {
        let mut board = self.lock();
        for (partition, watermarks) in answer {
            if let Some(status) = board.partitions.get_mut(partition) {
                status.watermarks(*watermarks, asked_at);
            }
        }
    }

    /// A cause (`database`, `memory`, `halted`) keeps a partition from being read, or no longer does.
    pub fn paused(&self, partition: &TopicPartition, cause: &'static str, paused: bool) {
        self.with(partition, |status| {
            if paused {
                status.paused.insert(cause);
            } else {
                status.paused.remove(cause);
            }
        });
    }

    /// A partition stands still for this cause (`gap`, `flood`, `mismatch`, `unreadable`); the detail names sizes.
    pub fn halted(&self, partition: &TopicPartition, cause: &'static str, detail: String) {
        let since = Utc::now();
        self.with(partition, |status| {
            status.halted = Some(Halt { cause, detail, since });
        });
    }

    /// A halted partition goes on.
    pub fn resumed(&self, partition: &TopicPartition) {
        self.with(partition, |status| status.halted = None);
    }

    /// How many offsets the log lost before they were stored.
    pub fn gap(&self, partition: &TopicPartition, records: i64) {
        self.with(partition, |status| status.gap_records = records);
    }

    /// Bytes of records in memory that are not stored yet.
    pub fn buffer_bytes(&self, bytes: u64) {
        self.lock().buffer_bytes = bytes;
    }

    /// The dead letters of the group by reason. A reason that is not among them has none.
    pub fn dead_letters(&self, counts: Vec<DeadLetterCount>) {
        self.lock().dead_letters = Some(counts);
    }

    /// The replays of the group that are not over. One that is not among them is shown no more.
    pub fn replays(&self, replays: Vec<ReplayStatus>) {
        self.lock().replays = replays;
    }

    /// `count` records were stored with this outcome.
    pub fn decided(&self, outcome: &'static str, count: u64) {
        *self.lock().outcomes.entry(outcome).or_default() += count;
    }

    /// Adds to the history if it is time for that. Due about once a second.
    pub fn remember(&self) {
        let now = Instant::now();
        let mut board = self.lock();
        if board.history.is_due(now) {
            let lag = latest(&board.partitions_at(Utc::now()));
            let records = board.outcomes.values().sum();
            board.history.take(now, records, lag);
        }
    }

    fn with(&self, partition: &TopicPartition, change: impl FnOnce(&mut PartitionStatus)) {
        // news of a partition that is gone already is old news
        if let Some(status) = self.lock().partitions.get_mut(partition) {
            change(status);
        }
    }

    /// One look at everything.
    #[must_use]
    pub fn look(&self) -> Status {
        self.lock().look(Utc::now())
    }
}
