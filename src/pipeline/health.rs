//! Whether the database serves, as far as those tell that ask something of it.

use super::source::Source;
use super::store::{Failure, FailureKind, Store};
use super::worker::Worker;
use crate::telemetry::{check, write};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;
use tokio::time::Instant;

/// Somebody who asks something of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Caller {
    /// A lane with a batch.
    Lane(usize),
    /// Claims of partitions.
    Claims,
    /// The regular look at what is stored.
    Look,
}

/// How long something may be in the way before the database counts as failing: a lock that nobody lets go of is more than
/// a hiccup, and somebody has to end that session.
const IN_THE_WAY_FOR: Duration = Duration::from_secs(30);

/// Who fails at present and why. One lane that works does not mean that another one does.
#[derive(Debug, Default)]
pub(super) struct Health {
    failing: BTreeMap<Caller, String>,
    since: Option<Instant>,
    /// Since when each caller has found another transaction in the way, again and again.
    contended: BTreeMap<Caller, Instant>,
}

impl Health {
    pub(super) fn fails(&mut self, caller: Caller, why: String) {
        self.failing.insert(caller, why);
        self.since.get_or_insert_with(Instant::now);
    }

    /// The caller found another transaction in the way; tells for how long that has gone on.
    fn contends(&mut self, caller: Caller) -> Duration {
        self.contended.entry(caller).or_insert_with(Instant::now).elapsed()
    }

    /// The caller was served. If that ends an outage: how long it lasted.
    pub(super) fn works(&mut self, caller: Caller) -> Option<Duration> {
        self.failing.remove(&caller);
        self.contended.remove(&caller);
        if !self.failing.is_empty() {
            return None;
        }
        self.since.take().map(|since| since.elapsed())
    }

    /// What is wrong, if anything is.
    pub(super) fn trouble(&self) -> Option<&String> {
        self.failing.values().next()
    }
}

impl<Log: Source, Database: Store> Worker<Log, Database> {
    /// The database failed a caller: nothing is lost, but nothing moves. One that only had something in the way serves,
    /// unless that does not end.
    pub(super) fn database_fails(&mut self, caller: Caller, failure: &Failure) {
        let mut why = failure.message.clone();
        match failure.kind {
            FailureKind::Fenced => return,
            FailureKind::Contention => {
                let lasts = self.health.contends(caller);
                if lasts < IN_THE_WAY_FOR {
                    return;
                }
                why = format!("another session has been in the way for {} s: {why}", lasts.as_secs());
            }
            _ => {}
        }
        self.health.fails(caller, why.clone());
        self.board.check(check::DATABASE, Err(why));
        self.mark_database_paused(true);
    }

    pub(super) fn database_works(&mut self, caller: Caller) {
        if let Some(outage) = self.health.works(caller) {
            write::database_back(outage);
            self.mark_database_paused(false);
        }
        let trouble = self.health.trouble().cloned();
        self.board.check(check::DATABASE, trouble.map_or(Ok(()), Err));
    }

    pub(super) fn mark_database_paused(&self, paused: bool) {
        for (partition, _) in self.partitions.iter() {
            self.board.paused(partition, "database", paused);
        }
    }

    pub(super) fn broker_works(&self) {
        self.board.check(check::BROKER, Ok(()));
    }

    pub(super) fn broker_fails(&self, error: &dyn Display) {
        self.board.check(check::BROKER, Err(error.to_string()));
    }
}
