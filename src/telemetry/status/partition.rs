//! One partition that this worker owns: where it stands, how far behind, and why it waits.

use super::time;
use crate::position::{Epoch, TopicPartition, Watermarks};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeSet;

/// Beyond this age what the log said of its end says nothing about now: it is asked for every few seconds.
const STALE_AFTER: f64 = 30.0;

/// A partition as this worker sees it. What is not known yet is none, never a stand-in number.
#[derive(Clone, Debug, Serialize)]
pub struct PartitionStatus {
    /// Name of the topic.
    pub topic: String,
    /// Number of the partition.
    pub partition: i32,
    /// The lane that writes it; none until it is claimed.
    pub lane: Option<usize>,
    /// The right under which it is written; none until it is claimed.
    pub epoch: Option<i64>,
    /// The position in PostgreSQL; none until the partition is claimed.
    pub next_offset: Option<i64>,
    /// The oldest record that the log holds.
    pub low_offset: Option<i64>,
    /// The offset that the log will give to its next record.
    pub end_offset: Option<i64>,
    /// Offsets between the position, or the start of the log if that is later, and the end.
    pub lag_records: Option<i64>,
    /// Age of the oldest record that is not stored.
    pub lag_seconds: Option<f64>,
    /// Offsets between the start of the log and the position; below 0 when records are gone.
    pub retention_headroom_records: Option<i64>,
    /// Kafka timestamp of the last stored record.
    #[serde(serialize_with = "time::rfc3339_option")]
    pub last_record_at: Option<DateTime<Utc>>,
    /// Why it is not read; several causes may hold at once.
    pub paused: BTreeSet<&'static str>,
    /// Why it stands still until an operator has decided.
    pub halted: Option<Halt>,
    /// Offsets that the log lost before they were stored.
    pub gap_records: i64,
    /// When the group gave it to this worker.
    #[serde(skip)]
    assigned_at: DateTime<Utc>,
    /// When the watermarks were asked for.
    #[serde(skip)]
    looked_at: Option<DateTime<Utc>>,
    /// The last instant at which everything in the log is known to have been stored.
    #[serde(skip)]
    caught_up_at: Option<DateTime<Utc>>,
    /// Kafka timestamp of the oldest record in memory that is not stored.
    #[serde(skip)]
    oldest_unstored_at: Option<DateTime<Utc>>,
}

/// A partition that stands still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Halt {
    /// `gap`, `flood`, `mismatch` or `unreadable`.
    pub cause: &'static str,
    /// What is wrong and how large it is, for a person.
    pub detail: String,
    /// Since when.
    #[serde(serialize_with = "time::rfc3339")]
    pub since: DateTime<Utc>,
}

/// What a claim told about a partition.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// The right to write it.
    pub epoch: Epoch,
    /// The lane that will write it.
    pub lane: usize,
    /// The stored position.
    pub next_offset: i64,
    /// Kafka timestamp of the last stored record, in milliseconds since 1970.
    pub last_record_timestamp: Option<i64>,
}

impl PartitionStatus {
    /// A partition that the group has just assigned; nothing else is known of it.
    pub(super) fn assigned(partition: &TopicPartition, now: DateTime<Utc>) -> Self {
        Self {
            topic: partition.topic.to_string(),
            partition: partition.partition,
            lane: None,
            epoch: None,
            next_offset: None,
            low_offset: None,
            end_offset: None,
            lag_records: None,
            lag_seconds: None,
            retention_headroom_records: None,
            last_record_at: None,
            paused: BTreeSet::new(),
            halted: None,
            gap_records: 0,
            assigned_at: now,
            looked_at: None,
            caught_up_at: None,
            oldest_unstored_at: None,
        }
    }

    pub(super) fn claimed(&mut self, claim: Claim) {
        self.epoch = Some(claim.epoch.0);
        self.lane = Some(claim.lane);
        self.stored(claim.next_offset, claim.last_record_timestamp);
    }

    /// The position moved; `last_record_timestamp` is none if no record was among what was stored.
    pub(super) fn stored(&mut self, next_offset: i64, last_record_timestamp: Option<i64>) {
        self.next_offset = Some(next_offset);
        self.last_record_at = instant(last_record_timestamp).or(self.last_record_at);
        self.note_caught_up();
    }

    pub(super) fn watermarks(&mut self, watermarks: Watermarks, asked_at: DateTime<Utc>) {
        self.low_offset = Some(watermarks.low_offset);
        self.end_offset = Some(watermarks.end_offset);
        self.looked_at = Some(asked_at);
        self.note_caught_up();
    }

    pub(super) fn oldest_unstored(&mut self, timestamp: Option<i64>) {
        self.oldest_unstored_at = instant(timestamp);
    }

    /// What is stored up to an end seen at some instant was complete at that instant, not later.
    fn note_caught_up(&mut self) {
        if self
            .next_offset
            .zip(self.end_offset)
            .is_some_and(|(next, end)| next >= end)
        {
            self.caught_up_at = self.looked_at;
        }
    }

    /// Fills in what follows from the rest, as of `now`.
    pub(super) fn derive(&mut self, now: DateTime<Utc>) {
        let (Some(next), Some(low), Some(end)) = (self.next_offset, self.low_offset, self.end_offset) else {
            return;
        };
        let lag = end.saturating_sub(next.max(low)).max(0);
        self.lag_records = Some(lag);
        self.lag_seconds = Some(if lag == 0 {
            self.silence(now)
        } else {
            self.oldest_age(now)
        });
        self.retention_headroom_records = Some(next.saturating_sub(low));
    }

    /// Nothing was left when the log was asked. While it does not answer, a record may have come right after
    /// that, and 0 would be a claim.
    fn silence(&self, now: DateTime<Utc>) -> f64 {
        let since = self.looked_at.map(|at| time::seconds_between(at, now));
        since.filter(|seconds| *seconds > STALE_AFTER).unwrap_or_default()
    }

    /// While the oldest record is not in memory its age is estimated: it came after the last stored
    /// one and after the last instant at which nothing was left to store, whichever is later.
    fn oldest_age(&self, now: DateTime<Utc>) -> f64 {
        let after = self.last_record_at.max(self.caught_up_at);
        let oldest = self.oldest_unstored_at.or(after).unwrap_or(self.assigned_at);
        time::seconds_between(oldest, now)
    }
}

fn instant(timestamp: Option<i64>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(timestamp?)
}
