//! Waiting letters whose parents have appeared become rows, by the same path as a live record.

use super::{AT_ONCE, LetterSettings};
use crate::batch::{Letter, OpenBatch, SealedBatch, Tally};
use crate::config::ParentCheck;
use crate::event::Timestamp;
use crate::position::{Epoch, TopicPartition};
use crate::record::{Header, Record};
use crate::store::error::WriteError;
use crate::store::write::letters::clean;
use crate::store::write::{Care, write_rows};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::Utc;
use sqlx::{Connection, PgConnection};
use std::sync::Arc;
use uuid::Uuid;

/// What a round of retries did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retried {
    /// Outcomes by kind, for each topic.
    pub tallies: Vec<(Arc<str>, Tally)>,
    /// Letters that failed again or still miss a parent.
    pub still_failing: u64,
    /// There may be more that are due.
    pub more: bool,
}

/// A stored record that is to be tried again.
#[derive(Debug)]
pub(super) struct StoredRecord {
    pub(super) id: i64,
    pub(super) topic: String,
    pub(super) partition: i32,
    pub(super) record_offset: i64,
    pub(super) record_timestamp: Option<i64>,
    pub(super) record_key: Option<Vec<u8>>,
    pub(super) record_value: Option<Vec<u8>>,
    pub(super) record_headers: serde_json::Value,
}

/// Tries a batch of the letters that are due.
pub(super) async fn retry(connection: &mut PgConnection, settings: &LetterSettings) -> sqlx::Result<Retried> {
    let postponed = postpone(connection, settings).await?;
    let mut transaction = connection.begin().await?;
    let due = sqlx::query_file_as!(
        StoredRecord,
        "src/store/sql/take_waiting.sql",
        &*settings.group,
        AT_ONCE
    )
    .fetch_all(&mut *transaction)
    .await?;
    let taken = due.len();
    let mut retried = attempt(&mut transaction, settings, due).await?;
    transaction.commit().await?;
    let full = |count: usize| i64::try_from(count).is_ok_and(|count| count >= AT_ONCE);
    retried.still_failing += postponed;
    retried.more = full(taken) || postponed >= AT_ONCE.unsigned_abs();
    Ok(retried)
}

/// Tries the records by the path of live ones and enters what became of their letters, which the transaction of
/// the connection has locked.
pub(super) async fn attempt(
    connection: &mut PgConnection,
    settings: &LetterSettings,
    records: Vec<StoredRecord>,
) -> sqlx::Result<Retried> {
    let (ids, batch) = batch(settings, records);
    let Some(batch) = batch else {
        return Ok(Retried::default());
    };
    let fates = write_rows(connection, &batch, Care::Isolating, ParentCheck::Database)
        .await
        .map_err(database_error)?;
    let settled = batch.settle(&fates);
    enter(connection, settings, &ids, &settled.letters).await?;
    Ok(Retried {
        still_failing: settled.letters.len() as u64,
        tallies: by_topic(&batch, settled.tallies),
        more: false,
    })
}

async fn postpone(connection: &mut PgConnection, settings: &LetterSettings) -> sqlx::Result<u64> {
    let after = if settings.discard_after_patience {
        "discarded"
    } else {
        "open"
    };
    let done = sqlx::query_file!(
        "src/store/sql/postpone_waiting.sql",
        &*settings.group,
        settings.patience.as_secs_f64(),
        after,
        settings.retry_interval.as_secs_f64(),
        AT_ONCE,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Makes the records a batch; each is the entry with the number of its id.
fn batch(settings: &LetterSettings, records: Vec<StoredRecord>) -> (Vec<i64>, Option<SealedBatch>) {
    let now = Timestamp::from_micros(Utc::now().timestamp_micros());
    let mut open = OpenBatch::default();
    let mut ids = Vec::with_capacity(records.len());
    for stored in records {
        let record = Record {
            offset: stored.record_offset,
            timestamp: stored.record_timestamp,
            key: stored.record_key.map(Bytes::from),
            value: stored.record_value.map(Bytes::from),
            headers: headers(&stored.record_headers),
        };
        let decoded = record.decode(&settings.limits, now);
        let slot = open.span(&TopicPartition::new(stored.topic, stored.partition), Epoch(0), 0);
        open.push(slot, record, decoded);
        ids.push(stored.id);
    }
    (ids, open.seal())
}

/// The headers out of the form in which a letter keeps them.
pub(super) fn headers(stored: &serde_json::Value) -> Box<[Header]> {
    let header = |stored: &serde_json::Value| {
        let text = stored
            .get("value")
            .and_then(|value| value.as_str())
            .map(|text| Bytes::from(text.to_owned()));
        let bytes = stored.get("value_base64").and_then(|value| value.as_str());
        let bytes = bytes.and_then(|bytes| STANDARD.decode(bytes).ok()).map(Bytes::from);
        Some(Header {
            name: stored.get("name")?.as_str()?.to_owned(),
            value: text.or(bytes),
        })
    };
    stored.as_array().into_iter().flatten().filter_map(header).collect()
}

/// Enters what became of the letters.
async fn enter(
    connection: &mut PgConnection,
    settings: &LetterSettings,
    ids: &[i64],
    failed: &[Letter<'_>],
) -> sqlx::Result<()> {
    let has_failed = |entry: usize| failed.binary_search_by_key(&entry, |letter| letter.entry).is_ok();
    let resolved: Vec<i64> = ids
        .iter()
        .enumerate()
        .filter(|(entry, _)| !has_failed(*entry))
        .map(|(_, id)| *id)
        .collect();
    resolve(connection, &resolved).await?;
    if failed.is_empty() {
        return Ok(());
    }
    fail(connection, settings, ids, failed).await
}

/// Settles letters whose records have become rows, or turned out to change nothing.
pub(in crate::store) async fn resolve(connection: &mut PgConnection, ids: &[i64]) -> sqlx::Result<()> {
    let resolving = sqlx::query_file!("src/store/sql/resolve_letters.sql", ids);
    resolving.execute(connection).await.map(|_| ())
}

/// Enters the letters that failed again.
async fn fail(
    connection: &mut PgConnection,
    settings: &LetterSettings,
    ids: &[i64],
    failed: &[Letter<'_>],
) -> sqlx::Result<()> {
    let missing = |letter: &Letter<'_>| letter.missing.unwrap_or_default();
    let user = |letter: &Letter<'_>| missing(letter).user_id.map(|id| id.0);
    let track = |letter: &Letter<'_>| missing(letter).track_id.map(|id| id.0);
    let id = |letter: &Letter<'_>| ids.get(letter.entry).copied();
    let ids: Vec<i64> = failed.iter().filter_map(id).collect();
    let reasons: Vec<&str> = failed.iter().map(|letter| letter.reason.as_str()).collect();
    let details: Vec<String> = failed.iter().map(|letter| clean(&letter.detail)).collect();
    let sqlstates: Vec<Option<&str>> = failed.iter().map(|letter| letter.sqlstate).collect();
    let waits: Vec<bool> = failed.iter().map(|letter| letter.missing.is_some()).collect();
    let users: Vec<Option<Uuid>> = failed.iter().map(user).collect();
    let tracks: Vec<Option<Uuid>> = failed.iter().map(track).collect();
    sqlx::query_file!(
        "src/store/sql/fail_letters.sql",
        &ids,
        &reasons as &[&str],
        &details,
        &sqlstates as &[Option<&str>],
        &waits,
        &users as &[Option<Uuid>],
        &tracks as &[Option<Uuid>],
        settings.retry_interval.as_secs_f64(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn by_topic(batch: &SealedBatch, tallies: Vec<Tally>) -> Vec<(Arc<str>, Tally)> {
    batch
        .spans()
        .iter()
        .map(|span| Arc::clone(&span.partition.topic))
        .zip(tallies)
        .collect()
}

fn database_error(error: WriteError) -> sqlx::Error {
    match error {
        WriteError::Database(error) | WriteError::Unanswered(_, error) => error,
        WriteError::Fenced | WriteError::Unsettled | WriteError::Swallowed => sqlx::Error::Protocol(error.to_string()),
    }
}
