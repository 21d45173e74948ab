//! What runs beside the main loop, asks something once, and answers.

use super::health::Caller;
use super::lanes::LaneBuffer;
use super::partitions::Stage;
use super::source::{Lookup, Source, SourceError};
use super::standstill::Skipped;
use super::store::{Claimed, Failure, Store};
use super::worker::Worker;
use crate::position::{Epoch, TopicPartition, Watermarks};
use crate::telemetry::intake;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::Instant;

/// The answer of an errand.
#[derive(Debug)]
pub(super) enum Errand {
    /// The regular look at the log and the store.
    Looked(Looked),
    /// Partitions of a fenced batch that nobody else has claimed.
    Ours(Vec<(TopicPartition, Epoch)>),
    /// The store has noted why a partition stands still; or not, since it is not ours any more.
    Noted {
        partition: TopicPartition,
        epoch: Epoch,
        ours: bool,
    },
    /// A position was moved over a gap, or not.
    Skipped(Skipped),
}

/// What the log and the store said.
#[derive(Debug)]
pub(super) struct Looked {
    /// Partitions that stood still when it was asked.
    halted: Vec<TopicPartition>,
    asked_at: DateTime<Utc>,
    topics: Result<(), SourceError>,
    watermarks: Result<BTreeMap<TopicPartition, Watermarks>, SourceError>,
    stored: Result<BTreeMap<TopicPartition, Claimed>, Failure>,
}

/// How long after an answer is asked again.
const LOOK_EVERY: Duration = Duration::from_secs(4);

impl<Log: Source, Database: Store> Worker<Log, Database> {
    pub(super) fn on_tick(&mut self) {
        self.board.tick();
        self.board
            .buffer_bytes(self.lanes.iter().map(|lane| lane.bytes() as u64).sum());
        if self.look_at.is_some_and(|at| at <= Instant::now()) {
            self.look_at = None;
            self.look();
        }
    }

    /// Asks what the log and the store hold: for the lag, for what only a person changes, and since a worker to
    /// which nothing happens would else not learn that broker and database serve again.
    fn look(&mut self) {
        let partitions = self.partitions.matching(|_, _| true);
        let halted = self
            .partitions
            .matching(|_, entry| entry.stage == (Stage::Halted { noted: true }));
        let (store, lookup, topics) = (self.store.clone(), self.source.lookup(), self.settings.topics.clone());
        self.errands.spawn(async move {
            let asked_at = Utc::now();
            let (topics, watermarks, stored) = tokio::join!(
                all_exist(&lookup, &topics),
                lookup.watermarks(partitions),
                store.positions(topics.clone()),
            );
            Errand::Looked(Looked {
                halted,
                asked_at,
                topics,
                watermarks,
                stored,
            })
        });
    }

    pub(super) fn on_errand(&mut self, errand: Result<Errand, JoinError>) {
        match errand {
            Ok(Errand::Looked(looked)) => self.on_looked(looked),
            Ok(Errand::Ours(ours)) => self.on_ours(&ours),
            Ok(Errand::Noted { partition, epoch, ours }) => self.on_noted(&partition, epoch, ours),
            Ok(Errand::Skipped(skipped)) => self.on_skipped(&skipped),
            Err(error) => self.on_lost_task(&error),
        }
    }

    fn on_looked(&mut self, looked: Looked) {
        self.look_at = Some(Instant::now() + LOOK_EVERY);
        if let Ok(watermarks) = &looked.watermarks {
            self.board.watermarks(watermarks, looked.asked_at);
            self.watch_deliveries(watermarks);
        }
        match looked.topics.and(looked.watermarks) {
            Ok(_) => {
                // reading needs the group's consent, too
                if self.joined {
                    self.broker_works();
                }
            }
            Err(error) => {
                intake::broker_unavailable(&error);
                self.broker_fails(&error);
            }
        }
        match looked.stored {
            Ok(stored) => {
                self.resume_halted(&looked.halted, &stored);
                self.on_store_seen();
            }
            Err(failure) => self.database_fails(Caller::Look, &failure),
        }
    }

    /// The store answers. That says nothing about a lane that is still trying, but clears those who failed and
    /// have nothing to ask any more.
    fn on_store_seen(&mut self) {
        self.database_works(Caller::Look);
        let claiming = |stage| matches!(stage, Stage::Wanted(_) | Stage::Claiming);
        if !self.partitions.iter().any(|(_, entry)| claiming(entry.stage)) {
            self.database_works(Caller::Claims);
        }
        for number in 0..self.lanes.len() {
            if self.lanes.get(number).is_some_and(LaneBuffer::is_empty) {
                self.database_works(Caller::Lane(number));
            }
        }
    }
}

async fn all_exist(lookup: &impl Lookup, topics: &[Arc<str>]) -> Result<(), SourceError> {
    for topic in topics {
        if lookup.partitions(topic).await?.is_empty() {
            return Err(SourceError(format!(
                "there is no topic {topic}; create it, or change `kafka.topics`"
            )));
        }
    }
    Ok(())
}
