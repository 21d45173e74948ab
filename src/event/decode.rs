//! From the bytes of one record to what it is, and which of several faults is given.
//!
//! The order of faults: `too_large`, `invalid_json`, `unknown_type`, `unsupported_version`, then the fields as the
//! event table lists them, each with whatever is wrong with it. A time outside its bounds is judged where its field
//! stands. Of a CloudEvents envelope, `type`, `specversion`, `id`, `source` and `data` come, in this order, before the
//! fields in its data.

use super::envelope::{Envelope, Mode};
use super::fields::{Fields, Terms};
use super::heading::{Heading, Known};
use super::time::{Bounds, Timestamp};
use super::{Event, Kind, Reason, Rejection, json};
use std::time::Duration;

/// A record as far as decoding looks at it.
#[derive(Copy, Clone, Debug)]
pub struct RawRecord<'a> {
    /// The value; none for a tombstone.
    pub value: Option<&'a [u8]>,
    /// The headers. One whose name is not UTF-8 is left out: it can be none that matters.
    pub headers: &'a [Header<'a>],
    /// Kafka timestamp in milliseconds since 1970, if the record has one.
    pub timestamp: Option<i64>,
}

/// One header of a record.
#[derive(Copy, Clone, Debug)]
pub struct Header<'a> {
    /// The name.
    pub name: &'a str,
    /// The value, which may be absent.
    pub value: Option<&'a [u8]>,
}

/// The settings that decide about an event.
#[derive(Copy, Clone, Debug)]
pub struct Limits {
    /// Longest value in bytes, as it came.
    pub max_bytes: usize,
    /// How far a time may lie behind the record's own.
    pub max_clock_skew: Duration,
}

/// What a record is: exactly one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// An event to be stored.
    Event(Event),
    /// No event, and why.
    Rejection(Rejection),
    /// A record without a value, to be skipped.
    Tombstone,
}

/// Decodes one record. `now` counts only for a record without a timestamp. Never panics.
#[must_use]
pub fn decode(record: &RawRecord<'_>, limits: &Limits, now: Timestamp) -> Decoded {
    let Some(value) = record.value else {
        return Decoded::Tombstone;
    };
    if value.len() > limits.max_bytes {
        let what = format_args!("{} bytes, and events.max_bytes is {}", value.len(), limits.max_bytes).to_string();
        return Decoded::Rejection(Rejection::of_field(Reason::TooLarge, "value", what));
    }
    let bounds = Bounds::of(record.timestamp, now, limits.max_clock_skew);
    let event = match Mode::of(record.headers) {
        Mode::Plain => plain(value, bounds),
        Mode::Structured => structured(value, bounds),
        Mode::Binary => binary(value, record.headers, bounds),
    };
    match event {
        Ok(event) => Decoded::Event(event),
        Err(rejection) => Decoded::Rejection(rejection),
    }
}

fn plain(value: &[u8], bounds: Bounds) -> Result<Event, Rejection> {
    let mut fields = Fields::absent();
    json::read_object(value, "value", &mut fields)?;
    judge(Heading::plain(&fields), &fields, bounds)
}

fn binary(value: &[u8], headers: &[Header<'_>], bounds: Bounds) -> Result<Event, Rejection> {
    let mut fields = Fields::absent();
    json::read_object(value, "value", &mut fields)?;
    judge(
        Heading::enveloped(&Envelope::of_headers(headers), Ok(())),
        &fields,
        bounds,
    )
}

fn structured(value: &[u8], bounds: Bounds) -> Result<Event, Rejection> {
    let mut envelope = Envelope::structured();
    json::read_object(value, "value", &mut envelope)?;
    let data = envelope.data();
    let mut fields = Fields::absent();
    if let Ok(text) = &data {
        // an object in `data` was read with the value, so that only encoded data can fail here
        json::read_object(text, "data_base64", &mut fields)?;
    }
    let fault = data.as_ref().map(|_| ()).map_err(Rejection::clone);
    judge(Heading::enveloped(&envelope, fault), &fields, bounds)
}

/// The event, or the fault that comes first.
fn judge(heading: Heading<'_>, fields: &Fields<'_>, bounds: Bounds) -> Result<Event, Rejection> {
    let kind = heading
        .kind
        .as_ref()
        .map_or_else(|fault| fault.kind, |known| Kind::from(*known));
    let version = fields.version();
    let early = [
        heading.kind.as_ref().err(),
        heading.specversion.as_ref().err(),
        version.as_ref().err(),
    ];
    for reason in [Reason::UnknownType, Reason::UnsupportedVersion] {
        if let Some(fault) = early.into_iter().flatten().find(|fault| fault.reason == reason) {
            return Err(fault.clone().of_kind(kind));
        }
    }
    let known = heading.kind?;
    let read = || {
        heading.specversion?;
        let terms = Terms {
            id: heading.id?,
            default_time: heading.default_time,
            bounds,
        };
        let event = match known {
            Known::Play => fields.play(&terms)?,
            Known::Like => fields.like(&terms)?,
            Known::Unlike => fields.unlike(&terms)?,
        };
        version.map(|()| event)
    };
    read().map_err(|rejection| rejection.of_kind(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_detail_quotes_what_a_user_wrote() {
        for (kind, time, field) in [
            (Kind::Like, "occurred_at", "notes"),
            (Kind::Play, "played_at", "source"),
        ] {
            for text in [format!("secret{}", "x".repeat(1_000)), "secret\\u0000".to_owned()] {
                let id = uuid::Uuid::nil();
                let value = format!(
                    r#"{{"type":"{kind}","user_id":"{id}","track_id":"{id}","{time}":946684800000,"{field}":"{text}"}}"#
                );
                let record = RawRecord {
                    value: Some(value.as_bytes()),
                    headers: &[],
                    timestamp: None,
                };
                let limits = Limits {
                    max_bytes: 4_096,
                    max_clock_skew: Duration::ZERO,
                };
                let Decoded::Rejection(rejection) =
                    decode(&record, &limits, Timestamp::from_micros(1_767_268_800_000_000))
                else {
                    panic!("{value} was taken");
                };
                assert!(
                    rejection.detail.starts_with(field) && !rejection.detail.contains("secret"),
                    "{rejection:?}"
                );
            }
        }
    }
}
