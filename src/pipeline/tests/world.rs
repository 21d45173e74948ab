//! A worker between a log and a database in memory.

use super::fake::{FakeLog, FakeSource, FakeStore};
use crate::event::Limits;
use crate::pipeline::{BatchLimits, End, OnGap, Settings, Worker};
use crate::position::TopicPartition;
use crate::telemetry::{PartitionStatus, StatusBoard};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// A partition of the topic that most tests read.
pub(super) fn plays(partition: i32) -> TopicPartition {
    TopicPartition::new("plays", partition)
}

/// Until nothing moves any more but what a timer will move.
pub(super) async fn quiet() {
    sleep(Duration::from_millis(1)).await;
}

/// Until an instant so many seconds after another.
pub(super) async fn at(start: Instant, seconds: f64) {
    tokio::time::sleep_until(start + Duration::from_secs_f64(seconds)).await;
}

/// The log, the database, and how workers between them are made.
pub(super) struct World {
    pub(super) log: FakeLog,
    pub(super) store: FakeStore,
    pub(super) settings: Settings,
    pub(super) chunk: usize,
    pub(super) seed: u64,
}

impl World {
    /// One topic. Two lanes, batches of a hundred records or 200 ms.
    pub(super) fn new(partitions: i32) -> Self {
        let batch = BatchLimits {
            max_rows: 100,
            max_bytes: 1 << 20,
            max_wait: Duration::from_millis(200),
        };
        let limits = Limits {
            max_bytes: 1 << 18,
            max_clock_skew: Duration::from_mins(10),
        };
        Self {
            log: FakeLog::new(&["plays"], partitions),
            store: FakeStore::new(),
            settings: Settings {
                topics: vec!["plays".into()],
                lanes: 2,
                batch,
                limits,
                on_gap: OnGap::Halt,
                // nothing in these logs is an event
                flood_breaker: false,
                shutdown_deadline: Duration::from_secs(20),
            },
            chunk: 10,
            seed: 1,
        }
    }

    /// [`Self::new`], where all partitions share a lane.
    pub(super) fn of_one_lane(partitions: i32) -> Self {
        let mut world = Self::new(partitions);
        world.settings.lanes = 1;
        world
    }

    /// A worker that runs. Its lanes have the next numbers of the database.
    pub(super) fn worker(&self) -> Running {
        let source = FakeSource::new(&self.log, &self.store, self.chunk);
        let board = StatusBoard::new("1.0.0", "group", &["plays".to_owned()]);
        let random = StdRng::seed_from_u64(self.seed);
        let (settings, store) = (self.settings.clone(), self.store.clone());
        let worker = Worker::with_random(settings, source.clone(), store, board.clone(), random);
        let (stop, stopping) = watch::channel(false);
        let task = Some(tokio::spawn(worker.run(stopping)));
        Running {
            source,
            board,
            stop,
            task,
        }
    }

    /// Appends `count` records to each of the partitions.
    pub(super) fn append(&self, partitions: impl IntoIterator<Item = i32>, count: i64) {
        for partition in partitions {
            self.log.append(&plays(partition), count);
        }
    }

    /// [`Self::assert_all_stored`] of each of the partitions.
    pub(super) fn assert_each_stored(&self, partitions: impl IntoIterator<Item = i32>) {
        for partition in partitions {
            self.assert_all_stored(&plays(partition));
        }
    }

    /// What is stored of a partition is the log from the first stored record up to the position, once.
    pub(super) fn assert_stored_once(&self, partition: &TopicPartition) {
        let stored = self.store.stored(partition);
        let from = stored.first().copied().unwrap_or_default();
        let position = self.store.position(partition).next_offset;
        assert_eq!(
            stored,
            self.log.offsets(partition, from, position),
            "{partition} up to {position}"
        );
    }

    /// All that the log holds of a partition is stored, once.
    pub(super) fn assert_all_stored(&self, partition: &TopicPartition) {
        let (low, end) = (self.log.low_offset(partition), self.log.end_offset(partition));
        assert_eq!(
            self.store.position(partition).next_offset,
            end,
            "position of {partition}"
        );
        assert_eq!(
            self.store.stored(partition),
            self.log.offsets(partition, low, end),
            "{partition}"
        );
    }
}

/// A worker that runs, as the group and an operator see it.
pub(super) struct Running {
    pub(super) source: FakeSource,
    pub(super) board: StatusBoard,
    pub(super) stop: watch::Sender<bool>,
    task: Option<JoinHandle<End>>,
}

impl Running {
    /// Asks the worker to stop, and waits for its end.
    pub(super) async fn stop(self) -> End {
        self.stop.send(true).unwrap();
        self.end().await
    }

    /// Waits for the end.
    pub(super) async fn end(mut self) -> End {
        self.task.take().unwrap().await.unwrap()
    }

    /// Ends the worker as a crash does.
    pub(super) fn kill(mut self) {
        self.task.take().unwrap().abort();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.task.as_ref().is_some_and(JoinHandle::is_finished)
    }

    pub(super) fn status(&self, partition: &TopicPartition) -> PartitionStatus {
        let partitions = self.board.look().partitions;
        let found = partitions
            .into_iter()
            .find(|status| status.partition == partition.partition);
        found.unwrap_or_else(|| panic!("{partition} is not on the board"))
    }

    /// What a readiness check says is wrong; none if it passes.
    pub(super) fn wrong(&self, check: &str) -> Option<String> {
        let checks = self.board.look().checks;
        let check = checks.into_iter().find(|found| found.name == check).unwrap();
        (!check.ok).then_some(check.detail)
    }
}

/// A worker whose task panicked, as it does over a broken promise, fails the test that did not wait for its end.
impl Drop for Running {
    fn drop(&mut self) {
        assert!(
            std::thread::panicking() || !self.has_ended(),
            "the worker ended by itself"
        );
    }
}
