//! What holds for every input. The single cases are in `tests/fixtures/events`.

use super::fields::Fields;
use super::id::hyphenated;
use super::{Decoded, Header, Limits, RawRecord, Rejection, Timestamp, decode, json};
use chrono::{DateTime, FixedOffset, SecondsFormat};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::time::Duration;
use uuid::fmt::Hyphenated;

const PLAY: &str = r#"{"type":"play","event_id":"01941f29-7c00-7aaa-8bbb-3c4d5e6f7a03","user_id":"6f1c0c1e-8a34-4d3b-9c55-2f0e7b0a1d01","track_id":"b2a7d0f4-5c1e-4f6a-8e2b-7d9c3a4b5e02","played_at":"2026-01-01T11:59:00.123+02:00","played_for":215,"completed":true,"source":"a\u00e9\ud83c\udfb5","notes":[{"x":null}],"version":1}"#;
const LIKE: &str = r#"{"type":"like","user_id":"6f1c0c1e-8a34-4d3b-9c55-2f0e7b0a1d01","track_id":"b2a7d0f4-5c1e-4f6a-8e2b-7d9c3a4b5e02","occurred_at":1767268740000,"notes":"für später"}"#;
const ENVELOPE: &str = r#"{"specversion":"1.0","type":"com.audiohm.unlike.v1","source":"//s","id":"x","time":"2026-01-01T11:59:00Z","data":{"user_id":"6f1c0c1e-8a34-4d3b-9c55-2f0e7b0a1d01","track_id":"b2a7d0f4-5c1e-4f6a-8e2b-7d9c3a4b5e02"}}"#;
const STRUCTURED: Header<'_> = Header {
    name: "content-type",
    value: Some(b"application/cloudevents+json"),
};

fn decoded(value: &[u8], headers: &[Header<'_>]) -> Decoded {
    let record = RawRecord {
        value: Some(value),
        headers,
        timestamp: Some(1_767_268_800_000),
    };
    let limits = Limits {
        max_bytes: 1 << 18,
        max_clock_skew: Duration::from_mins(10),
    };
    decode(&record, &limits, Timestamp::from_micros(0))
}

/// A detail that an operator can read and the database can hold.
fn is_clean(rejection: &Rejection) -> bool {
    let (field, what) = rejection.detail.split_once(": ").unwrap_or_default();
    !field.is_empty()
        && !what.is_empty()
        && rejection.detail.len() <= Rejection::MAX_DETAIL
        && !rejection.detail.contains(char::is_control)
}

/// Where, which byte, and whether it is set, taken out or put in.
type Change = (Index, u8, u8);

/// The text with the changes made one after another.
fn changed(text: &str, changes: Vec<Change>) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for (place, byte, how) in changes {
        let at = place.index(bytes.len().max(1));
        match how {
            0 if at < bytes.len() => bytes[at] = byte,
            1 if at < bytes.len() => drop(bytes.remove(at)),
            _ => bytes.insert(at, byte),
        }
    }
    bytes
}

/// Bytes that matter to JSON more often than others.
fn telling_byte() -> impl Strategy<Value = u8> {
    prop_oneof![any::<u8>(), select(br#"{}[]",:\u0123456789dDcCtfnE+-. Zz"#.as_slice())]
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    vec((any::<Index>(), telling_byte(), 0..3_u8), 1..4)
}

/// Pieces of JSON, right and wrong, in any order.
fn soup() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"a\":",
        "{\"b\":",
        "1",
        "-",
        "0",
        ".5",
        "1.5e3",
        "E+1",
        "true",
        "null",
        "nul",
        "\\u",
        "\"\\ud83c\\udfb5\"",
        "\"\\ud83c\"",
        "\"\\udfb5\"",
        "\"\\\\ud83c\"",
        "\"\\n\"",
        " ",
        "\n",
        "\u{c}",
        "\u{feff}",
        "é",
        "\u{7f}",
        "\u{1}",
    ];
    vec(select(pieces.to_vec()), 0..12).prop_map(|pieces| pieces.concat())
}

/// Values that follow the grammar, up to surrogates.
fn value() -> impl Strategy<Value = String> {
    let leaves = [
        "null",
        "true",
        "0",
        "-0",
        "-12.50e-3",
        "1E5",
        "\"\"",
        "\"a\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u00e9\"",
        "\"é\"",
        "\"\\ud83c\\udfb5\"",
        "\"\\ud83c\"",
        "\"\\udfb5\\ud83c\"",
        "\"\\ud83c\\u0041\"",
        "\"\\\\ud83c\"",
    ];
    select(leaves.to_vec())
        .prop_map(str::to_owned)
        .prop_recursive(6, 24, 4, |inner| {
            let member = (
                select(vec!["a", "type", "user_id", "\\u0061", "\\ud800", "é"]),
                inner.clone(),
            );
            prop_oneof![
                vec(inner, 0..4).prop_map(|values| format!("[{}]", values.join(", "))),
                vec(member, 0..4).prop_map(|members| {
                    let members = members.into_iter().map(|(name, value)| format!("\"{name}\" :{value}"));
                    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
                }),
            ]
        })
}

/// Texts near the edge of what is one JSON object.
fn jsonish() -> impl Strategy<Value = Vec<u8>> {
    let nested = (120..132_usize, any::<bool>()).prop_map(|(depth, objects)| {
        let (open, close) = if objects { ("{\"a\":", "}") } else { ("[", "]") };
        format!("{}1{}", open.repeat(depth), close.repeat(depth))
    });
    let inside = prop_oneof![4 => soup(), 4 => value(), 1 => nested];
    let text = prop_oneof![3 => inside.prop_map(|inside| format!("{{\"x\": {inside}}}")), 1 => value(), 1 => soup()];
    let changed_text = (text.clone(), changes()).prop_map(|(text, changes)| changed(&text, changes));
    prop_oneof![text.prop_map(String::into_bytes), changed_text]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_an_event_or_a_clean_rejection(
        value in prop_oneof![vec(any::<u8>(), 0..64), jsonish()],
        name in select(vec!["content-type", "ce_specversion", "ce_type", "ce_id", "x"]),
        header in prop_oneof![vec(any::<u8>(), 0..8), Just(b"1.0".to_vec()), Just(b"application/cloudevents".to_vec())],
    ) {
        for headers in [&[][..], &[STRUCTURED], &[Header { name, value: Some(&header) }]] {
            match decoded(&value, headers) {
                Decoded::Event(_) => {}
                Decoded::Rejection(rejection) => prop_assert!(is_clean(&rejection), "{rejection:?}"),
                Decoded::Tombstone => prop_assert!(false, "a record with a value is no tombstone"),
            }
        }
    }

    #[test]
    fn a_changed_record_gives_an_event_or_a_clean_rejection(
        (text, headers) in select(vec![(PLAY, &[][..]), (LIKE, &[]), (ENVELOPE, &[STRUCTURED])]),
        changes in changes(),
    ) {
        prop_assert!(matches!(decoded(text.as_bytes(), headers), Decoded::Event(_)));
        let bytes = changed(text, changes);
        if let Decoded::Rejection(rejection) = decoded(&bytes, headers) {
            prop_assert!(is_clean(&rejection), "{rejection:?}");
        }
    }

    #[test]
    fn json_is_as_strict_as_reading_every_value(bytes in jsonish()) {
        // what follows a schema-registry frame is another text
        prop_assume!(bytes.first() != Some(&0));
        let read = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&bytes);
        // the one thing that is not looked at in an ignored field
        prop_assume!(!read.as_ref().is_err_and(|error| error.to_string().contains("number out of range")));
        let strict = json::read_object(&bytes, "value", &mut Fields::absent());
        prop_assert_eq!(strict.is_ok(), read.is_ok(), "{:?}: {:?} against {:?}", String::from_utf8_lossy(&bytes), strict, read);
    }

    #[test]
    fn a_time_comes_back_from_every_way_to_write_it(
        micros in -62_000_000_000_000_000..253_000_000_000_000_000_i64,
        offset_minutes in -1_439..=1_439_i32,
        format in select(vec![SecondsFormat::Micros, SecondsFormat::Nanos, SecondsFormat::AutoSi]),
        zulu: bool,
        small: bool,
    ) {
        let offset = FixedOffset::east_opt(offset_minutes * 60).unwrap();
        let time = DateTime::from_timestamp_micros(micros).unwrap();
        let text = if zulu { time.to_rfc3339_opts(format, true) } else { time.with_timezone(&offset).to_rfc3339_opts(format, false) };
        let text = if small { text.to_lowercase() } else { text };
        prop_assert_eq!(Timestamp::from_rfc3339(&text), Some(Timestamp::from_micros(micros)), "{}", text);
        prop_assert_eq!(Timestamp::from_micros(micros).to_string().parse(), Ok(time));
    }

    #[test]
    fn a_time_that_is_read_is_the_one_that_chrono_reads(changes in changes()) {
        let bytes = changed("2026-01-31T11:59:00.123456+02:00", changes);
        let text = String::from_utf8_lossy(&bytes);
        let known = DateTime::parse_from_rfc3339(&text).ok().map(|time| Timestamp::from_micros(time.timestamp_micros()));
        let narrower = text.contains([' ', '\u{2212}']) || text.get(17..19) == Some("60");
        if !narrower {
            prop_assert_eq!(Timestamp::from_rfc3339(&text), known, "{}", text);
        }
    }

    #[test]
    fn a_uuid_is_what_the_library_takes_as_hyphenated(
        bits: u128,
        upper: bool,
        changes in prop_oneof![Just(vec![]), changes()],
    ) {
        let text = uuid::Uuid::from_u128(bits).to_string();
        let bytes = changed(&if upper { text.to_uppercase() } else { text }, changes);
        let text = String::from_utf8_lossy(&bytes);
        prop_assert_eq!(hyphenated(&text), text.parse().ok().map(Hyphenated::into_uuid), "{}", text);
    }
}
