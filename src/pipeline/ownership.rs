//! Partitions that come and go.

use super::lanes::Trigger;
use super::partitions::Stage;
use super::source::Source;
use super::store::Store;
use super::worker::Worker;
use crate::failpoint::{Place, reach};
use crate::position::TopicPartition;
use crate::telemetry::intake;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

/// How long records of a revoked partition may take to be stored. Past that the partition is released all the
/// same; the next owner's claim makes the late transaction fail.
pub(super) const RELEASE_WITHIN: Duration = Duration::from_secs(10);

impl<Log: Source, Database: Store> Worker<Log, Database> {
    pub(super) fn on_assigned(&mut self, partitions: &[TopicPartition]) {
        if !partitions.is_empty() {
            intake::rebalance("assign", partitions);
        }
        self.joined = true;
        self.broker_works();
        // what a lane still holds of one that is known already is stored, or refused, before the claim
        self.board.assigned(partitions);
        for partition in partitions {
            let lane = self.lane_of(partition);
            self.partitions.assign(partition, lane);
        }
        if self.health.trouble().is_some() {
            self.mark_database_paused(true);
        }
    }

    /// The lane that a partition has, or that still holds records of it from before it was gone: they are stored, or
    /// refused, before the claim. Any other is given a lane.
    fn lane_of(&self, partition: &TopicPartition) -> usize {
        let known = self.partitions.get(partition).map(|entry| entry.lane);
        let held = || self.lanes.iter().position(|lane| lane.holds(partition));
        let idlest = || self.partitions.idlest_lane(&partition.topic, self.lanes.len());
        known.or_else(held).unwrap_or_else(idlest)
    }

    /// Stops the intake of the partitions and has written what was taken in; they are released after that.
    pub(super) fn on_revoked(&mut self, partitions: &[TopicPartition]) {
        intake::rebalance("revoke", partitions);
        reach(Place::InRevoke);
        let release_by = Instant::now() + RELEASE_WITHIN;
        let mut unknown = Vec::new();
        for partition in partitions {
            let Some(entry) = self.partitions.get_mut(partition) else {
                // the group waits for it all the same
                unknown.push(partition.clone());
                continue;
            };
            entry.release_by.get_or_insert(release_by);
            if let Some(lane) = self.lanes.get_mut(entry.lane)
                && lane.holds_unsent(partition)
            {
                lane.flush(Trigger::Revoke);
            }
        }
        if !unknown.is_empty() {
            self.source.release(unknown);
        }
    }

    /// Gives back revoked partitions of which nothing is under way, or whose time is over. A claim counts as under
    /// way: one that came through after the release would take the partition from its next owner.
    pub(super) fn release_drained(&mut self) {
        let (now, lanes) = (Instant::now(), &self.lanes);
        let done = self.partitions.matching(|partition, entry| {
            let held = || lanes.get(entry.lane).is_some_and(|lane| lane.holds(partition));
            let under_way = || entry.stage == Stage::Claiming || held();
            entry
                .release_by
                .is_some_and(|release_by| release_by <= now || !under_way())
        });
        if done.is_empty() {
            return;
        }
        self.forget(&done);
        self.source.release(done);
    }

    /// Drops what is known of partitions that are gone. They are not released: the source has given them up
    /// already, and by now the group may have given one of them to this worker again.
    pub(super) fn on_lost(&mut self, partitions: &[TopicPartition]) {
        intake::rebalance("lost", partitions);
        self.forget(partitions);
    }

    /// Drops what is known of the partitions. A lane that still holds records of one drops all that it has not sent:
    /// rows are folded across partitions. What it drops of the others is read again.
    fn forget(&mut self, partitions: &[TopicPartition]) {
        let mut again = BTreeSet::new();
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
                again.append(&mut lane.discard());
            }
        }
        self.board.gone(partitions);
        // not before all of them are forgotten: one that is gone must not be claimed any more
        self.restart(&again);
    }

    /// Reads partitions again from their stored positions, as soon as nothing of them is under way.
    pub(super) fn restart(&mut self, partitions: &BTreeSet<TopicPartition>) {
        let now = Instant::now();
        for partition in partitions {
            if let Some(entry) = self.partitions.get_mut(partition)
                && entry.has_been_read()
            {
                entry.stage = Stage::Wanted(now);
            }
        }
    }

    /// The log does not hold some position, or no record there. All partitions are claimed again, which compares each
    /// position with the log; but what was taken in is stored before that, since the log may not hold it any more either.
    pub(super) fn check_positions(&mut self) {
        let read = self.partitions.matching(|_, entry| entry.stage == Stage::Reading);
        for partition in &read {
            if let Some(entry) = self.partitions.get_mut(partition) {
                entry.in_doubt = true;
            }
        }
        self.restart(&read.into_iter().collect());
    }
}
