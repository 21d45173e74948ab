//! Dead letters as they are stored.

use crate::bed::GROUP;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

/// A stored dead letter, with the times left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredLetter {
    pub(crate) id: i64,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) timestamp: Option<i64>,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(String, Option<Vec<u8>>)>,
    pub(crate) reason: String,
    pub(crate) detail: String,
    pub(crate) sqlstate: Option<String>,
    pub(crate) state: String,
    pub(crate) in_ledger: bool,
    pub(crate) attempts: i32,
    pub(crate) kind: String,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) missing_user_id: Option<Uuid>,
    pub(crate) missing_track_id: Option<Uuid>,
}

/// All letters, by partition and offset.
pub(crate) async fn letters(connection: &mut PgConnection) -> Vec<StoredLetter> {
    let rows = sqlx::query(
        "select *, (extract(epoch from record_timestamp) * 1000)::bigint as millis from ingest.dead_letters
         where consumer_group = $1 and origin = 'live' order by topic, partition, record_offset",
    )
    .bind(GROUP)
    .fetch_all(connection)
    .await
    .unwrap();
    let letter = |row: &sqlx::postgres::PgRow| StoredLetter {
        id: row.get("id"),
        partition: row.get("partition"),
        offset: row.get("record_offset"),
        timestamp: row.get("millis"),
        key: row.get("record_key"),
        value: row.get("record_value"),
        headers: headers(&row.get("record_headers")),
        reason: row.get("reason"),
        detail: row.get("detail"),
        sqlstate: row.get("sqlstate"),
        state: row.get("state"),
        in_ledger: row.get("in_ledger"),
        attempts: row.get("attempts"),
        kind: row.get("kind"),
        user_id: row.get("user_id"),
        missing_user_id: row.get("missing_user_id"),
        missing_track_id: row.get("missing_track_id"),
    };
    rows.iter().map(letter).collect()
}

/// Name and bytes of each header: a reader takes `value` as text and `value_base64` as bytes.
fn headers(stored: &Value) -> Vec<(String, Option<Vec<u8>>)> {
    let header = |stored: &Value| {
        let name = stored["name"].as_str().unwrap().to_owned();
        let value = match (&stored["value"], &stored["value_base64"]) {
            (Value::String(text), Value::Null) => Some(text.clone().into_bytes()),
            (Value::Null, Value::String(text)) => Some(STANDARD.decode(text).unwrap()),
            (Value::Null, Value::Null) => None,
            _ => panic!("a header has one value: {stored}"),
        };
        (name, value)
    };
    stored.as_array().unwrap().iter().map(header).collect()
}
