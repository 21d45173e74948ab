//! What a person does with letters: reads them, tries them again, gives them up, empties them.

use super::retry::{self, StoredRecord, headers};
use super::{LetterSettings, Retried};
use crate::record::Header;
use crate::store::connection::Link;
use crate::store::error::{Policy, policy};
use chrono::{DateTime, Utc};
use sqlx::error::DatabaseError;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

/// A session of its own, in which a search of all letters may take its time.
pub async fn connect(options: PgConnectOptions) -> sqlx::Result<PgConnection> {
    let options = options.options([("statement_timeout", "0")]);
    Link::new(options.application_name("audiohm-ingest dead-letters"))
        .take()
        .await
}

/// A letter as it is stored.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns are described where the table is made")]
pub struct StoredLetter {
    pub id: i64,
    pub consumer_group: String,
    pub topic: String,
    pub partition: i32,
    pub record_offset: i64,
    pub record_timestamp: Option<DateTime<Utc>>,
    pub record_key: Option<Vec<u8>>,
    pub record_value: Option<Vec<u8>>,
    pub record_headers: serde_json::Value,
    pub reason: String,
    pub detail: String,
    pub sqlstate: Option<String>,
    pub state: String,
    pub origin: String,
    pub in_ledger: bool,
    pub attempts: i32,
    pub first_failed_at: DateTime<Utc>,
    pub last_failed_at: DateTime<Utc>,
}

impl StoredLetter {
    /// The headers with their bytes.
    #[must_use]
    pub fn headers(&self) -> Box<[Header]> {
        headers(&self.record_headers)
    }
}

/// Letters of one reason.
#[derive(Clone, Debug)]
pub struct ReasonSummary {
    /// The reason.
    pub reason: String,
    /// Letters that need a person.
    pub open: i64,
    /// Letters that are tried again by themselves.
    pub waiting: i64,
    /// Letters that became rows.
    pub resolved: i64,
    /// Letters that were given up.
    pub discarded: i64,
    /// When the oldest open or waiting one failed first.
    pub oldest_at: Option<DateTime<Utc>>,
    /// When the newest open or waiting one failed first.
    pub newest_at: Option<DateTime<Utc>>,
}

/// The letters of a group by reason.
pub async fn summarize(connection: &mut PgConnection, group: &str) -> sqlx::Result<Vec<ReasonSummary>> {
    sqlx::query_file_as!(ReasonSummary, "src/store/sql/letters/summarize.sql", group)
        .fetch_all(connection)
        .await
}

/// Whole letters.
pub async fn read(connection: &mut PgConnection, ids: &[i64]) -> sqlx::Result<Vec<StoredLetter>> {
    sqlx::query_file_as!(StoredLetter, "src/store/sql/letters/read.sql", ids)
        .fetch_all(connection)
        .await
}

/// What became of letters that were tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redriven {
    /// They are rows now, or changed nothing.
    pub resolved: u64,
    /// They failed again.
    pub still_failing: u64,
}

/// How often a page is tried whose rows others keep locked.
const ATTEMPTS: usize = 5;

/// Tries letters again in one transaction, which a dry run rolls back. Those that are no longer in one of the states,
/// or that another process has taken, are passed over.
pub async fn redrive(
    connection: &mut PgConnection,
    settings: &LetterSettings,
    (ids, states): (&[i64], &[String]),
    dry_run: bool,
) -> sqlx::Result<Redriven> {
    let mut attempt = 1;
    loop {
        match redrive_once(connection, settings, (ids, states), dry_run).await {
            Err(error) if attempt < ATTEMPTS && is_contention(&error) => attempt += 1,
            done => return done,
        }
    }
}

async fn redrive_once(
    connection: &mut PgConnection,
    settings: &LetterSettings,
    (ids, states): (&[i64], &[String]),
    dry_run: bool,
) -> sqlx::Result<Redriven> {
    let mut transaction = connection.begin().await?;
    let records = sqlx::query_file_as!(StoredRecord, "src/store/sql/letters/take.sql", ids, states)
        .fetch_all(&mut *transaction)
        .await?;
    let taken = records.len() as u64;
    let Retried { still_failing, .. } = retry::attempt(&mut transaction, settings, records).await?;
    if dry_run {
        transaction.rollback().await?;
    } else {
        transaction.commit().await?;
    }
    Ok(Redriven {
        resolved: taken - still_failing,
        still_failing,
    })
}

fn is_contention(error: &sqlx::Error) -> bool {
    use crate::pipeline::FailureKind::Contention;
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| policy(&code) == Policy::Retry(Contention))
}

/// Marks letters as given up; says how many.
pub async fn discard(connection: &mut PgConnection, (ids, states): (&[i64], &[String])) -> sqlx::Result<u64> {
    let done = sqlx::query_file!("src/store/sql/letters/discard.sql", ids, states);
    done.execute(connection).await.map(|done| done.rows_affected())
}

/// Empties letters; says how many. With `erasing`, the detail loses what it may quote, too.
pub async fn purge(
    connection: &mut PgConnection,
    (ids, states): (&[i64], &[String]),
    erasing: bool,
) -> sqlx::Result<u64> {
    let done = sqlx::query_file!("src/store/sql/letters/purge.sql", ids, states, erasing);
    done.execute(connection).await.map(|done| done.rows_affected())
}
