//! Dead letters that are stored: trying the waiting ones again, counting, emptying the old ones; and in `desk` what a
//! person does with those of a `choice`.
//!
//! Runs beside the live flow on a connection of its own, so that neither waits for the other. Any worker of a
//! group may try any letter: rows are idempotent, and a letter that one worker has taken is passed over by others.

mod choice;
pub mod desk;
pub(super) mod retry;

use super::connection::Link;
use crate::event::Limits;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use std::sync::Arc;
use std::time::Duration;

pub use choice::{Choice, Pages};
pub use retry::Retried;

/// How dead letters are kept and tried again.
#[derive(Clone, Debug)]
pub struct LetterSettings {
    /// The consumer group whose letters these are.
    pub group: Arc<str>,
    /// How long a letter waits before it is tried again for the first time.
    pub retry_interval: Duration,
    /// How long a letter waits in all.
    pub patience: Duration,
    /// Letters whose patience has ended are discarded instead of being left open.
    pub discard_after_patience: bool,
    /// How long letters that nobody needs keep their content.
    pub keep: Duration,
    /// What an event may be.
    pub limits: Limits,
}

/// Letters of one reason that somebody may have to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterCount {
    /// The reason.
    pub reason: String,
    /// Letters that wait for a person.
    pub open: i64,
    /// Letters that are tried again by themselves.
    pub waiting: i64,
    /// When the oldest waiting one failed first.
    pub oldest_waiting_at: Option<DateTime<Utc>>,
}

/// The stored dead letters of one consumer group.
#[derive(Debug)]
pub struct Letters {
    settings: LetterSettings,
    link: Link,
}

/// How many letters one statement takes: enough to be quick, few enough not to hold locks for long.
const AT_ONCE: i64 = 500;

impl Letters {
    /// Letters that are reached by a connection of their own.
    #[must_use]
    pub fn new(options: PgConnectOptions, settings: LetterSettings) -> Self {
        Self {
            settings,
            link: Link::new(options),
        }
    }

    /// Tries again the waiting letters that are due, a batch at most; says whether there may be more.
    pub async fn retry(&mut self) -> sqlx::Result<Retried> {
        let mut connection = self.link.take().await?;
        let retried = retry::retry(&mut connection, &self.settings).await?;
        self.link.keep(connection);
        Ok(retried)
    }

    /// Letters that are open or waiting, by reason.
    pub async fn count(&mut self) -> sqlx::Result<Vec<LetterCount>> {
        let mut connection = self.link.take().await?;
        let rows = sqlx::query_file!("src/store/sql/count_letters.sql", &*self.settings.group)
            .fetch_all(&mut connection)
            .await?;
        self.link.keep(connection);
        let count = |reason, open, waiting, oldest_waiting_at| LetterCount {
            reason,
            open,
            waiting,
            oldest_waiting_at,
        };
        Ok(rows
            .into_iter()
            .map(|row| count(row.reason, row.open, row.waiting, row.oldest_waiting_at))
            .collect())
    }

    /// Empties letters that nobody needs any more and that are old enough.
    pub async fn empty_old(&mut self) -> sqlx::Result<u64> {
        let mut connection = self.link.take().await?;
        let mut emptied = 0;
        loop {
            let done = empty_some(&mut connection, &self.settings).await?;
            emptied += done;
            if done < AT_ONCE.unsigned_abs() {
                self.link.keep(connection);
                return Ok(emptied);
            }
        }
    }
}

async fn empty_some(connection: &mut PgConnection, settings: &LetterSettings) -> sqlx::Result<u64> {
    let (group, keep) = (&*settings.group, settings.keep.as_secs_f64());
    let done = sqlx::query_file!("src/store/sql/empty_old_letters.sql", group, keep, AT_ONCE)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}
