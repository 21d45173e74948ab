//! What an audit reads: the books of a group, letters by their coordinates, and whether the tables reflect a batch. The
//! session is read-only, and the right to select is enough.

use super::connection::Link;
use super::positions::last_record;
use super::write;
use crate::batch::SealedBatch;
use crate::pipeline::LastRecord;
use crate::position::TopicPartition;
use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use std::collections::BTreeMap;

pub use super::write::{Reflection, Reflections};

/// The books of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The partition.
    pub partition: TopicPartition,
    /// Its stored position; none if there are letters alone.
    pub next_offset: Option<i64>,
    /// The last stored record, by which a log that was made anew is known.
    pub last_record: Option<LastRecord>,
    /// Why it stands still, if it does.
    pub halted: Option<String>,
    /// Records that got an outcome.
    pub consumed: i64,
    /// Sum of the six outcomes.
    pub outcomes: i64,
    /// Records that the ledger counts as dead letters.
    pub dead_lettered: i64,
    /// Stored letters that the ledger has counted.
    pub letters: i64,
}

/// A session in which counting may take its time and nothing can be written.
pub async fn connect(options: PgConnectOptions) -> sqlx::Result<PgConnection> {
    let options = options.options([("statement_timeout", "0"), ("default_transaction_read_only", "on")]);
    Link::new(options.application_name("audiohm-ingest audit")).take().await
}

/// The books of the group.
pub async fn accounts(connection: &mut PgConnection, group: &str) -> sqlx::Result<Vec<Account>> {
    let rows = sqlx::query_file!("src/store/sql/audit/accounts.sql", group)
        .fetch_all(connection)
        .await?;
    let account = rows.into_iter().map(|row| Account {
        partition: TopicPartition::new(row.topic, row.partition),
        next_offset: row.next_offset,
        last_record: last_record(row.last_offset, row.last_timestamp),
        halted: row.halted,
        consumed: row.consumed,
        outcomes: row.outcomes,
        dead_lettered: row.dead_lettered,
        letters: row.letters,
    });
    Ok(account.collect())
}

/// What became of a dead letter, as far as it matters for the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letter {
    /// It has become a row.
    Resolved,
    /// It has not.
    Kept,
}

/// The letters between two offsets, both included.
pub async fn letters(
    connection: &mut PgConnection,
    group: &str,
    partition: &TopicPartition,
    (first, last): (i64, i64),
) -> sqlx::Result<BTreeMap<i64, Letter>> {
    let (topic, number) = (&*partition.topic, partition.partition);
    let rows = sqlx::query_file!(
        "src/store/sql/audit/letters_between.sql",
        group,
        topic,
        number,
        first,
        last
    )
    .fetch_all(connection)
    .await?;
    let letter = |resolved| if resolved { Letter::Resolved } else { Letter::Kept };
    Ok(rows
        .into_iter()
        .map(|row| (row.record_offset, letter(row.resolved)))
        .collect())
}

/// Whether the tables reflect every play and pair of the batch.
pub async fn reflected(connection: &mut PgConnection, batch: &SealedBatch) -> sqlx::Result<Reflections> {
    write::reflected(connection, batch).await
}
