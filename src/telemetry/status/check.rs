//! Readiness, check by check.

use super::partition::PartitionStatus;
use super::time;
use chrono::{DateTime, Utc};
use serde::Serialize;

/// The worker has started and is not about to stop.
pub const RUNNING: &str = "running";
/// PostgreSQL takes batches.
pub const DATABASE: &str = "database";
/// The broker and the topics can be used, and the group has let this worker in.
pub const BROKER: &str = "broker";
/// No partition stands still. Follows from the partitions; nobody sets it.
pub const PARTITIONS: &str = "partitions";

/// Those that every worker has, not ready until somebody says so.
pub(super) const AT_START: [&str; 3] = [RUNNING, DATABASE, BROKER];

/// What stands in a check at which nobody has looked.
const NOT_YET: &str = "not looked at yet";

/// One condition for being ready.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// Whether it holds.
    pub ok: bool,
    /// What is wrong, for a person; empty while it holds.
    pub detail: String,
    /// Since when it holds or does not hold.
    #[serde(serialize_with = "time::rfc3339")]
    pub since: DateTime<Utc>,
    /// How long that has been.
    pub seconds: f64,
}

impl Check {
    /// A check that nobody has looked at yet.
    pub(super) fn not_yet(name: &str, since: DateTime<Utc>) -> Self {
        let (name, detail) = (name.to_owned(), NOT_YET.to_owned());
        Self {
            name,
            ok: false,
            detail,
            since,
            seconds: 0.0,
        }
    }

    /// Whether anybody has looked at it.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.detail != NOT_YET
    }

    /// Takes a new result. `since` moves only when the check begins or ceases to hold.
    pub(super) fn set(&mut self, result: Result<(), String>, now: DateTime<Utc>) {
        let ok = result.is_ok();
        if ok != self.ok {
            self.since = now;
        }
        self.ok = ok;
        self.detail = result.err().unwrap_or_default();
    }

    /// The check [`PARTITIONS`]: names each partition that stands still, with what is wrong.
    pub(super) fn of_partitions(partitions: &[PartitionStatus], started_at: DateTime<Utc>) -> Self {
        let halted = partitions.iter().filter_map(|partition| {
            let halt = partition.halted.as_ref()?;
            let (topic, number) = (&partition.topic, partition.partition);
            Some((
                halt.since,
                format!("{topic}[{number}] halted ({}): {}", halt.cause, halt.detail),
            ))
        });
        let (since, halted): (Vec<_>, Vec<_>) = halted.unzip();
        Self {
            name: PARTITIONS.to_owned(),
            ok: halted.is_empty(),
            detail: halted.join("; "),
            since: since.into_iter().min().unwrap_or(started_at),
            seconds: 0.0,
        }
    }

    pub(super) fn derive(&mut self, now: DateTime<Utc>) {
        self.seconds = time::seconds_between(self.since, now);
    }
}
