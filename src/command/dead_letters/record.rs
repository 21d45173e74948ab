//! A letter as JSON, named like the columns.

use crate::store::letters::desk::StoredLetter;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::SecondsFormat::Micros;
use serde_json::{Value, json};

/// The object of a letter.
pub(super) fn object(letter: &StoredLetter) -> Value {
    let mut object = json!({
        "id": letter.id,
        "consumer_group": letter.consumer_group,
        "topic": letter.topic,
        "partition": letter.partition,
        "record_offset": letter.record_offset,
        "record_timestamp": letter.record_timestamp.map(|time| time.to_rfc3339_opts(Micros, true)),
        "record_headers": letter.record_headers,
        "reason": letter.reason,
        "detail": letter.detail,
        "sqlstate": letter.sqlstate,
        "state": letter.state,
        "origin": letter.origin,
        "in_ledger": letter.in_ledger,
        "attempts": letter.attempts,
        "first_failed_at": letter.first_failed_at.to_rfc3339_opts(Micros, true),
        "last_failed_at": letter.last_failed_at.to_rfc3339_opts(Micros, true),
    });
    bytes(&mut object, "record_key", letter.record_key.as_deref());
    bytes(&mut object, "record_value", letter.record_value.as_deref());
    object
}

/// Bytes are given as text if they are text, and otherwise beside a null in base 64.
fn bytes(object: &mut Value, name: &str, bytes: Option<&[u8]>) {
    let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
    let Some(members) = object.as_object_mut() else {
        return;
    };
    members.insert(name.to_owned(), text.into());
    if text.is_none()
        && let Some(bytes) = bytes
    {
        members.insert(format!("{name}_base64"), STANDARD.encode(bytes).into());
    }
}
