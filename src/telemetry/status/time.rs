//! Instants as text and distances between them in seconds.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serializer;

/// Serialises an instant as RFC 3339 in UTC, in milliseconds.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
pub(super) fn rfc3339<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// As [`rfc3339`], and null for none.
#[expect(clippy::ref_option, reason = "the signature that serde calls")]
pub(super) fn rfc3339_option<S: Serializer>(at: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => rfc3339(at, serializer),
        None => serializer.serialize_none(),
    }
}

/// Seconds from `since` until `now`, 0 if a clock ran ahead.
pub(super) fn seconds_between(since: DateTime<Utc>, now: DateTime<Utc>) -> f64 {
    (now - since).to_std().unwrap_or_default().as_secs_f64()
}
