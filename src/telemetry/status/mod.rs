//! What is true now, as a plain value: the readiness checks, the partitions, the dead letters.
//!
//! The pipeline writes through [`StatusBoard`]; the admin port and the gauges read a [`Status`].

mod board;
pub mod check;
mod history;
mod partition;
mod replay;
mod state;
mod time;

pub use board::StatusBoard;
pub use check::Check;
pub use history::Sample;
pub use partition::{Claim, Halt, PartitionStatus};
pub use replay::ReplayStatus;

use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeMap;

/// One look at the worker. Ages are as of `taken_at`.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Version of this program.
    pub version: String,
    /// The consumer group.
    pub group_id: String,
    /// The topics that the worker reads.
    pub topics: Vec<String>,
    /// When the process began.
    #[serde(serialize_with = "time::rfc3339")]
    pub started_at: DateTime<Utc>,
    /// When this was looked at.
    #[serde(serialize_with = "time::rfc3339")]
    pub taken_at: DateTime<Utc>,
    /// How long it has been running.
    pub uptime_seconds: f64,
    /// True if every check passes.
    pub ready: bool,
    /// The readiness checks.
    pub checks: Vec<Check>,
    /// Age of the oldest record that is not stored in any partition; none while no partition's is known.
    pub lag_seconds: Option<f64>,
    /// Records that the worker stores a second at present; none in its first seconds.
    pub records_per_second: Option<f64>,
    /// Records that the worker has stored since it began, by outcome.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Bytes of records in memory that are not stored yet.
    pub buffer_bytes: u64,
    /// The partitions that this worker owns, in order.
    pub partitions: Vec<PartitionStatus>,
    /// Dead letters of the whole group by reason; none until they were counted.
    pub dead_letters: Option<Vec<DeadLetterCount>>,
    /// Replays of the group that are not over, in the order of their names.
    pub replays: Vec<ReplayStatus>,
    /// The last quarter of an hour, the oldest sample first.
    pub history: Vec<Sample>,
}

/// Dead letters that share a reason, in the whole group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeadLetterCount {
    /// Why they are dead letters.
    pub reason: String,
    /// Those that wait for an operator.
    pub open: i64,
    /// Those that are tried again by themselves.
    pub waiting: i64,
    /// When the oldest one that waits failed first.
    #[serde(serialize_with = "time::rfc3339_option")]
    pub oldest_waiting_at: Option<DateTime<Utc>>,
    /// Age of the oldest one that waits, 0 if none does.
    pub oldest_waiting_seconds: f64,
}

impl DeadLetterCount {
    /// What was counted for one reason.
    #[must_use]
    pub fn new(reason: &str, open: i64, waiting: i64, oldest_waiting_at: Option<DateTime<Utc>>) -> Self {
        Self {
            reason: reason.to_owned(),
            open,
            waiting,
            oldest_waiting_at,
            oldest_waiting_seconds: 0.0,
        }
    }

    fn derive(&mut self, now: DateTime<Utc>) {
        let age = self.oldest_waiting_at.map(|at| time::seconds_between(at, now));
        self.oldest_waiting_seconds = age.unwrap_or_default();
    }
}
