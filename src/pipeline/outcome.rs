//! What follows when a lane has written a batch, or could not.

use super::lane::{Dropped, LaneEvent};
use super::lanes::LaneBuffer;
use super::partitions::Stage;
use super::source::{Lookup, Source};
use super::store::Store;
use super::worker::Worker;
use super::written::Written;
use crate::batch::Outcome;
use crate::event::Kind;
use crate::position::{Span, TopicPartition};
use crate::telemetry::{intake, write};
use chrono::Utc;
use std::time::Duration;
use tokio::time::Instant;

/// How long the group has to take a partition away that another worker has claimed, before it is claimed back.
const FENCED_FOR: Duration = Duration::from_secs(5);

impl<Log: Source, Database: Store> Worker<Log, Database> {
    pub(super) fn on_lane(&mut self, event: LaneEvent) {
        match event {
            LaneEvent::Written { lane, written, started } => {
                self.lane_is_idle(lane);
                self.on_written(lane, &written, started.elapsed());
                self.claim_restarting(lane);
            }
            LaneEvent::Dropped { lane, spans, why } => {
                self.lane_is_idle(lane);
                self.on_dropped(lane, &spans, why);
            }
            LaneEvent::Trouble { failure, elapsed, wait } => {
                write::database_retry(failure.kind.as_str(), &failure, elapsed, wait);
                self.on_database_trouble(failure.kind, &failure.message);
            }
        }
    }

    fn lane_is_idle(&mut self, lane: usize) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.idle();
        }
    }

    fn on_written(&mut self, lane: usize, written: &Written, elapsed: Duration) {
        self.on_database_back();
        let records = written.records() as u64;
        write::batch_written(&write::BatchWritten {
            lane,
            mode: LIVE,
            records,
            rows: written.rows(),
            elapsed,
        });
        report(written);
        for span in written.spans() {
            let timestamp = span.last_record.and_then(|(_, timestamp)| timestamp);
            self.board.stored(&span.partition, span.next_offset, timestamp);
        }
        let partitions = &self.partitions;
        self.source.hint(
            written
                .hints()
                .filter(|(partition, _)| partitions.get(partition).is_some())
                .collect(),
        );
        self.resume_if_room(lane);
    }

    /// Resumes the partitions of a lane that has room again.
    fn resume_if_room(&mut self, lane: usize) {
        if !self.lanes.get(lane).is_some_and(LaneBuffer::has_room) {
            return;
        }
        let mut resumed = Vec::new();
        for (partition, entry) in self.partitions.iter_mut() {
            if entry.lane == lane && entry.paused {
                entry.paused = false;
                self.board.paused(partition, "memory", false);
                resumed.push(partition.clone());
            }
        }
        if !resumed.is_empty() {
            self.source.resume(resumed);
        }
    }

    /// A batch was given up. All that the lane holds continues it and has to go, too; then each partition is read
    /// again from where it is stored. Which of them another worker took, the next claim or the group will tell.
    fn on_dropped(&mut self, lane: usize, spans: &[Span], why: Dropped) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.discard();
        }
        if why == Dropped::Fenced {
            write::batch_fenced(lane, spans.len() as u64, Duration::ZERO);
            self.sort_out_fenced(lane);
        } else {
            self.restart_lane(lane);
        }
    }

    /// Partitions of the lane stand still until the group has had time to say who owns them, then they are claimed
    /// again. A claim at once could take a partition from its rightful owner.
    fn sort_out_fenced(&mut self, lane: usize) {
        let again_at = Instant::now() + FENCED_FOR;
        for (_, entry) in self.partitions.iter_mut() {
            if entry.lane == lane && entry.stage == Stage::Reading {
                entry.stage = Stage::Fenced(again_at);
            }
        }
    }

    pub(super) fn on_tick(&mut self) {
        self.board.tick();
        self.board
            .buffer_bytes(self.lanes.iter().map(|lane| lane.bytes() as u64).sum());
        let now = Instant::now();
        let mut again = Vec::new();
        for (partition, entry) in self.partitions.iter_mut() {
            if matches!(entry.stage, Stage::Fenced(at) if at <= now) && entry.release_by.is_none() {
                entry.stage = Stage::Claiming;
                again.push(partition.clone());
            }
        }
        self.claim(again);
        if self.lookups.is_empty() {
            self.look_at_log();
        }
    }

    /// Asks, in the background, what the log holds of the partitions.
    fn look_at_log(&mut self) {
        let partitions = self.partitions.matching(|_, _| true);
        if partitions.is_empty() {
            return;
        }
        let (lookup, board) = (self.source.lookup(), self.board.clone());
        self.lookups.spawn(async move {
            let asked_at = Utc::now();
            match lookup.watermarks(partitions).await {
                Ok(watermarks) => board.watermarks(&watermarks, asked_at),
                Err(error) => intake::broker_unavailable(&error),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        });
    }

    /// The log does not hold some position: claims all partitions that are read again, which compares each
    /// position with the log.
    pub(super) fn check_positions(&mut self) {
        for lane in 0..self.lanes.len() {
            if let Some(lane) = self.lanes.get_mut(lane) {
                lane.discard();
            }
            self.restart_lane(lane);
        }
    }
}

/// How long after an answer the log is asked again.
const LOOK_EVERY: Duration = Duration::from_secs(4);

const LIVE: &str = "live";

/// Counts what a committed batch did.
fn report(written: &Written) {
    for (span, tally) in written.spans().iter().zip(&written.receipt().tallies) {
        let topic = &*span.partition.topic;
        intake::consumed(topic, LIVE, tally.total().consumed().unsigned_abs());
        for (kind, ledger) in tally.by_kind() {
            for outcome in Outcome::ALL {
                let count = ledger.of(outcome).unsigned_abs();
                if count > 0 {
                    write::records(topic, kind.as_str(), outcome.as_str(), LIVE, count);
                }
            }
        }
    }
    for ((topic, reason), count) in &written.receipt().letters {
        write::dead_lettered(topic, reason.as_str(), LIVE, *count);
    }
    let now = Utc::now().timestamp_millis();
    for kind in [Kind::Play, Kind::Like, Kind::Unlike] {
        let of_kind = written
            .timestamps()
            .filter(|(of, _)| *of == kind)
            .map(|(_, timestamp)| timestamp);
        write::ingest_to_visible(kind.as_str(), LIVE, now, of_kind);
    }
}

/// Partitions whose position is not stored up to the end that is wanted.
#[must_use]
pub fn behind<'ends>(
    ends: &'ends std::collections::BTreeMap<TopicPartition, i64>,
    stored: &std::collections::BTreeMap<TopicPartition, super::store::Claimed>,
) -> Vec<&'ends TopicPartition> {
    let reached =
        |partition: &TopicPartition, end: i64| stored.get(partition).is_some_and(|stored| stored.next_offset >= end);
    ends.iter()
        .filter(|(partition, end)| !reached(partition, **end))
        .map(|(partition, _)| partition)
        .collect()
}
