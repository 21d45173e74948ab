//! What follows when a lane has written a batch, or could not.

use super::health::Caller;
use super::lane::{LaneEvent, What};
use super::source::Source;
use super::store::{Claimed, Store};
use super::worker::Worker;
use super::written::Written;
use crate::batch::{Outcome, Tally};
use crate::event::Kind;
use crate::failpoint::{Place, reach};
use crate::position::TopicPartition;
use crate::telemetry::{intake, label, write};
use chrono::Utc;
use std::collections::BTreeMap;
use std::time::Duration;

impl<Log: Source, Database: Store> Worker<Log, Database> {
    pub(super) fn on_lane(&mut self, event: LaneEvent) {
        let LaneEvent { lane, elapsed, what } = event;
        if !matches!(what, What::Trouble(..))
            && let Some(lane) = self.lanes.get_mut(lane)
        {
            lane.idle();
        }
        match what {
            What::Written(written) => self.on_written(lane, &written, elapsed),
            What::Dropped(dropped) => self.on_dropped(lane, &dropped, elapsed),
            What::Trouble(failure, wait) => {
                write::database_retry(failure.kind.cause(), &failure, elapsed, wait);
                self.database_fails(Caller::Lane(lane), &failure);
            }
        }
    }

    fn on_written(&mut self, lane: usize, written: &Written, elapsed: Duration) {
        self.database_works(Caller::Lane(lane));
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.grow();
        }
        write::batch_written(&write::BatchWritten {
            lane,
            mode: label::LIVE,
            records: written.records() as u64,
            rows: written.rows(),
            elapsed,
        });
        report(written, label::LIVE);
        for ledger in written.receipt().tallies.iter().map(Tally::total) {
            for outcome in Outcome::ALL.into_iter().filter(|outcome| ledger.of(*outcome) > 0) {
                self.board.decided(outcome.as_str(), ledger.of(outcome).unsigned_abs());
            }
        }
        for (partition, epoch, offset, is_faulty) in written.faults() {
            if let Some(entry) = self.partitions.held(partition, epoch)
                && let Some(flood) = entry.floods.store(offset, is_faulty)
            {
                entry.trip(flood);
            }
        }
        let mut hints = Vec::new();
        for (span, hint) in written.spans().iter().zip(written.hints()) {
            // of an assignment that has ended: whoever owns the partition now may be further
            let Some(entry) = self.partitions.held(&span.partition, span.epoch) else {
                continue;
            };
            entry.unstored.stored(span.next_offset);
            let timestamp = span.last_record.and_then(|(_, timestamp)| timestamp);
            self.board.stored(&span.partition, span.next_offset, timestamp);
            self.board.oldest_unstored(&span.partition, entry.unstored.oldest());
            hints.push(hint);
        }
        if !hints.is_empty() {
            self.source.hint(hints);
        }
        reach(Place::AfterHint);
    }
}

/// Counts what a committed batch did, whose records were read in this mode.
pub fn report(written: &Written, mode: &'static str) {
    for (span, tally) in written.spans().iter().zip(&written.receipt().tallies) {
        let topic = &*span.partition.topic;
        intake::consumed(topic, mode, tally.total().consumed().unsigned_abs());
        for (kind, ledger) in tally.by_kind() {
            for outcome in Outcome::ALL {
                let count = ledger.of(outcome).unsigned_abs();
                if count > 0 {
                    write::records(topic, kind.as_str(), outcome.as_str(), mode, count);
                }
            }
        }
    }
    for ((topic, reason), count) in &written.receipt().letters {
        write::dead_lettered(topic, reason.as_str(), mode, *count);
    }
    let now = Utc::now().timestamp_millis();
    for kind in [Kind::Play, Kind::Like, Kind::Unlike] {
        let of_kind = written
            .timestamps()
            .filter(|(of, _)| *of == kind)
            .map(|(_, timestamp)| timestamp);
        write::ingest_to_visible(kind.as_str(), mode, now, of_kind);
    }
}

/// Partitions whose position is not stored up to the end that is wanted.
#[must_use]
pub fn behind<'ends>(
    ends: &'ends BTreeMap<TopicPartition, i64>,
    stored: &BTreeMap<TopicPartition, Claimed>,
) -> Vec<&'ends TopicPartition> {
    let reached =
        |partition: &TopicPartition, end: i64| stored.get(partition).is_some_and(|stored| stored.next_offset >= end);
    ends.iter()
        .filter(|(partition, end)| !reached(partition, **end))
        .map(|(partition, _)| partition)
        .collect()
}
