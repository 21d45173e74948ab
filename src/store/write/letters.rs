//! Dead letters: the records of a batch that become no row, kept byte for byte.

use super::{Account, Writer};
use crate::batch::{Letter, SealedBatch};
use crate::record::Header;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

/// The longest detail that is kept, in bytes. It may quote the record.
const MAX_DETAIL: usize = 1024;

/// The columns of the letters that differ from letter to letter.
#[derive(Debug, Default)]
struct Columns<'batch> {
    topics: Vec<&'batch str>,
    partitions: Vec<i32>,
    offsets: Vec<i64>,
    timestamps: Vec<Option<i64>>,
    keys: Vec<Option<&'batch [u8]>>,
    values: Vec<Option<&'batch [u8]>>,
    headers: Vec<String>,
    reasons: Vec<&'static str>,
    details: Vec<String>,
    sqlstates: Vec<Option<&'batch str>>,
    waits: Vec<bool>,
    kinds: Vec<&'static str>,
    users: Vec<Option<Uuid>>,
    missing_users: Vec<Option<Uuid>>,
    missing_tracks: Vec<Option<Uuid>>,
}

impl<'batch> Columns<'batch> {
    fn of(batch: &'batch SealedBatch, letters: &[Letter<'batch>]) -> Self {
        let mut columns = Self::default();
        for letter in letters {
            let Some(entry) = batch.entries().get(letter.entry) else {
                continue;
            };
            let partition = batch.partition(entry);
            columns.topics.push(&partition.topic);
            columns.partitions.push(partition.partition);
            columns.offsets.push(entry.record.offset);
            columns.timestamps.push(entry.record.timestamp);
            columns.keys.push(entry.record.key.as_deref());
            columns.values.push(entry.record.value.as_deref());
            columns.headers.push(headers(&entry.record.headers).to_string());
            columns.kinds.push(entry.kind.as_str());
            columns.push_reason(letter);
        }
        columns
    }

    fn push_reason(&mut self, letter: &Letter<'batch>) {
        self.reasons.push(letter.reason.as_str());
        self.details.push(clean(&letter.detail));
        self.sqlstates.push(letter.sqlstate);
        self.waits.push(letter.missing.is_some());
        self.users.push(letter.user_id.map(|id| id.0));
        let missing = letter.missing.unwrap_or_default();
        self.missing_users.push(missing.user_id.map(|id| id.0));
        self.missing_tracks.push(missing.track_id.map(|id| id.0));
    }
}

/// Enters the letters of a batch.
pub(super) async fn insert(
    connection: &mut PgConnection,
    writer: &Writer,
    batch: &SealedBatch,
    letters: &[Letter<'_>],
) -> sqlx::Result<()> {
    if letters.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(batch, letters);
    sqlx::query_file!(
        "src/store/sql/insert_dead_letters.sql",
        &*writer.group,
        writer.account.origin(),
        writer.account == Account::Live,
        writer.retry_interval.as_secs_f64(),
        &columns.topics as &[&str],
        &columns.partitions,
        &columns.offsets,
        &columns.timestamps as &[Option<i64>],
        &columns.keys as &[Option<&[u8]>],
        &columns.values as &[Option<&[u8]>],
        &columns.headers,
        &columns.reasons as &[&str],
        &columns.details,
        &columns.sqlstates as &[Option<&str>],
        &columns.waits,
        &columns.kinds as &[&str],
        &columns.users as &[Option<Uuid>],
        &columns.missing_users as &[Option<Uuid>],
        &columns.missing_tracks as &[Option<Uuid>],
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The headers as the table keeps them: clean text as it is, anything else in base64.
fn headers(headers: &[Header]) -> Value {
    let value = |header: &Header| match &header.value {
        None => json!({ "name": clean(&header.name), "value": null }),
        Some(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => json!({ "name": clean(&header.name), "value": text }),
            _ => json!({ "name": clean(&header.name), "value_base64": STANDARD.encode(bytes) }),
        },
    };
    headers.iter().map(value).collect()
}

/// Text that PostgreSQL takes, cut to the limit: control characters escaped, since a NUL would fail the statement.
pub(in crate::store) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for character in text.chars() {
        let start = cleaned.len();
        if character.is_control() {
            cleaned.extend(character.escape_default());
        } else {
            cleaned.push(character);
        }
        if cleaned.len() > MAX_DETAIL {
            cleaned.truncate(start);
            break;
        }
    }
    cleaned
}
