//! Partitions that come, stand still and go.

use super::claim::{ClaimError, Found, claim};
use super::lanes::{LaneBuffer, Trigger};
use super::partitions::Stage;
use super::source::Source;
use super::store::{Claimed, FailureKind, Store};
use super::worker::{OnGap, Worker};
use crate::position::{Start, TopicPartition};
use crate::telemetry::{Claim, check, intake, write};
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::Instant;

/// How long records of a revoked partition may take to be stored. Past that the partition is released all the
/// same; the next owner's claim makes the late transaction fail.
const RELEASE_WITHIN: Duration = Duration::from_secs(10);

impl<Log: Source, Database: Store> Worker<Log, Database> {
    pub(super) fn on_assigned(&mut self, partitions: &[TopicPartition]) {
        intake::rebalance("assign", partitions);
        self.board.check(check::BROKER, Ok(()));
        self.board.assigned(partitions);
        for partition in partitions {
            self.partitions.assign(partition, self.lanes.len());
        }
        self.claim(partitions.to_vec());
    }

    /// Claims the partitions in the background.
    pub(super) fn claim(&mut self, partitions: Vec<TopicPartition>) {
        if partitions.is_empty() {
            return;
        }
        let board = self.board.clone();
        let trouble = move |error: &ClaimError| {
            let broken = if matches!(error, ClaimError::Store(_)) {
                check::DATABASE
            } else {
                check::BROKER
            };
            board.check(broken, Err(error.to_string()));
            intake::claim_failed(error);
        };
        self.claims
            .spawn(claim(self.store.clone(), self.source.lookup(), partitions, trouble));
    }

    pub(super) fn on_claims(&mut self, found: Result<Vec<Found>, JoinError>) {
        let Ok(found) = found else { return };
        self.board.check(check::DATABASE, Ok(()));
        self.board.check(check::BROKER, Ok(()));
        let mut starts = Vec::new();
        for found in found {
            starts.extend(self.on_claim(&found));
        }
        if !starts.is_empty() {
            self.source.start(starts);
        }
    }

    fn on_claim(&mut self, found: &Found) -> Option<Start> {
        let generation = self.partitions.next_generation();
        let partition = &found.partition;
        let entry = self.partitions.get_mut(partition)?;
        if entry.release_by.is_some() {
            return None;
        }
        entry.epoch = found.claimed.epoch;
        entry.generation = generation;
        entry.next_offset = found.claimed.next_offset;
        entry.stage = Stage::Reading;
        entry.paused = false;
        let lane = entry.lane;
        let Claimed {
            epoch,
            next_offset,
            last_timestamp: last_record_timestamp,
            ..
        } = found.claimed;
        self.board.claimed(
            partition,
            Claim {
                epoch,
                lane,
                next_offset,
                last_record_timestamp,
            },
        );
        if let Some(next_offset) = self.judge(found) {
            intake::reading_from(partition, next_offset);
            return Some(Start {
                partition: partition.clone(),
                next_offset,
                generation,
            });
        }
        None
    }

    /// Where to go on; none if the partition has to stand still.
    fn judge(&mut self, found: &Found) -> Option<i64> {
        let (partition, next_offset) = (&found.partition, found.claimed.next_offset);
        if let Some(why) = &found.claimed.halted {
            let (cause, detail) = why.split_once(": ").unwrap_or((why, ""));
            self.stand_still(partition, cause_of(cause), detail);
            return None;
        }
        let marks = found.watermarks;
        if next_offset > marks.end_offset {
            let detail = format!(
                "the position is {next_offset}, but the log ends at {}: the topic was made anew",
                marks.end_offset
            );
            self.halt(found, "mismatch", detail);
            return None;
        }
        let gap = marks.low_offset.saturating_sub(next_offset);
        if gap <= 0 {
            return Some(next_offset);
        }
        self.board.gap(partition, gap);
        match self.settings.on_gap {
            OnGap::Skip => {
                self.skip(found, gap);
                None
            }
            OnGap::Halt => {
                let detail = format!(
                    "the log begins at {} and no longer holds the {gap} records from {next_offset} on",
                    marks.low_offset
                );
                self.halt(found, "gap", detail);
                None
            }
        }
    }

    /// Stores why the partition stands still, and lets it stand.
    fn halt(&mut self, found: &Found, cause: &'static str, detail: String) {
        self.stand_still(&found.partition, cause, &detail);
        let (store, partition, epoch) = (self.store.clone(), found.partition.clone(), found.claimed.epoch);
        self.lookups.spawn(async move {
            if let Err(error) = store.halt(partition, epoch, format!("{cause}: {detail}")).await {
                intake::claim_failed(&error);
            }
        });
    }

    fn stand_still(&mut self, partition: &TopicPartition, cause: &'static str, detail: &str) {
        if let Some(entry) = self.partitions.get_mut(partition) {
            entry.stage = Stage::Halted;
        }
        self.board.halted(partition, cause, detail.to_owned());
        self.board.paused(partition, "halted", true);
        intake::partition_halted(partition, cause, detail);
    }

    /// Moves the position to the oldest record there is, then claims the partition again.
    fn skip(&mut self, found: &Found, gap: i64) {
        let (store, lookup, low) = (self.store.clone(), self.source.lookup(), found.watermarks.low_offset);
        let (partition, epoch) = (found.partition.clone(), found.claimed.epoch);
        if let Some(entry) = self.partitions.get_mut(&partition) {
            entry.stage = Stage::Claiming;
        }
        self.claims.spawn(async move {
            match store.skip(partition.clone(), epoch, low).await {
                Ok(true) => intake::gap_skipped(&partition, gap, low),
                Ok(false) => {}
                Err(error) => intake::claim_failed(&error),
            }
            claim(store, lookup, vec![partition], |error| intake::claim_failed(error)).await
        });
    }

    pub(super) fn on_revoked(&mut self, partitions: &[TopicPartition]) {
        intake::rebalance("revoke", partitions);
        let release_by = Instant::now() + RELEASE_WITHIN;
        for partition in partitions {
            let Some(entry) = self.partitions.get_mut(partition) else {
                continue;
            };
            entry.release_by = Some(release_by);
            if let Some(lane) = self.lanes.get_mut(entry.lane)
                && lane.holds_unsent(partition)
            {
                lane.flush(Trigger::Revoke);
            }
        }
    }

    /// Gives back revoked partitions of which nothing is under way, or whose time is over.
    pub(super) fn release_drained(&mut self) {
        let now = Instant::now();
        let lanes = &self.lanes;
        let done = self.partitions.matching(|partition, entry| {
            let held = lanes.get(entry.lane).is_some_and(|lane| lane.holds(partition));
            entry.release_by.is_some_and(|release_by| !held || release_by <= now)
        });
        if done.is_empty() {
            return;
        }
        self.forget(&done);
        self.source.release(done);
    }

    pub(super) fn on_lost(&mut self, partitions: &[TopicPartition]) {
        intake::rebalance("lost", partitions);
        self.forget(partitions);
        self.source.release(partitions.to_vec());
    }

    /// Drops what is known of the partitions. A lane that still holds records of one drops all that it has not sent:
    /// rows are folded across partitions. What it drops of the others is read again.
    fn forget(&mut self, partitions: &[TopicPartition]) {
        for partition in partitions {
            let Some(entry) = self.partitions.remove(partition) else {
                continue;
            };
            let Some(lane) = self.lanes.get_mut(entry.lane) else {
                continue;
            };
            if lane.is_writing(partition) {
                lane.abandon();
            }
            if lane.holds_unsent(partition) {
                lane.discard();
                self.restart_lane(entry.lane);
            }
        }
        self.board.gone(partitions);
    }

    /// Reads the partitions of a lane again from their stored positions, once the lane is idle.
    pub(super) fn restart_lane(&mut self, lane: usize) {
        for (_, entry) in self.partitions.iter_mut() {
            if entry.lane == lane && entry.stage == Stage::Reading && entry.release_by.is_none() {
                entry.stage = Stage::Restarting;
            }
        }
        self.claim_restarting(lane);
    }

    /// Claims the partitions that wait for their lane to be idle, if it is.
    pub(super) fn claim_restarting(&mut self, lane: usize) {
        if self.lanes.get(lane).is_some_and(LaneBuffer::is_busy) {
            return;
        }
        let mut restarted = Vec::new();
        for (partition, entry) in self.partitions.iter_mut() {
            if entry.lane == lane && entry.stage == Stage::Restarting && entry.release_by.is_none() {
                entry.stage = Stage::Claiming;
                restarted.push(partition.clone());
            }
        }
        self.claim(restarted);
    }

    pub(super) fn on_unavailable(&mut self, error: String) {
        intake::broker_unavailable(&error);
        self.board.check(check::BROKER, Err(error));
    }

    /// The store failed: nothing is lost, but nothing moves.
    pub(super) fn on_database_trouble(&mut self, kind: FailureKind, message: &str) {
        if matches!(kind, FailureKind::Contention) {
            return;
        }
        self.database_down_since.get_or_insert_with(Instant::now);
        self.board.check(check::DATABASE, Err(message.to_owned()));
        self.mark_database_paused(true);
    }

    /// The store took a batch.
    pub(super) fn on_database_back(&mut self) {
        let Some(since) = self.database_down_since.take() else {
            return;
        };
        write::database_back(since.elapsed());
        self.board.check(check::DATABASE, Ok(()));
        self.mark_database_paused(false);
    }

    fn mark_database_paused(&self, paused: bool) {
        for (partition, _) in self.partitions.iter() {
            self.board.paused(partition, "database", paused);
        }
    }
}

fn cause_of(text: &str) -> &'static str {
    ["gap", "flood", "mismatch"]
        .into_iter()
        .find(|cause| *cause == text)
        .unwrap_or("mismatch")
}
