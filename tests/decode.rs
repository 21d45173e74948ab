//! The corpus of events: one case a file, named for the case, in `tests/fixtures/events`.
//!
//! A case is a TOML file: the record (`timestamp`, `value` or `value_base64` or neither for a tombstone, `headers`),
//! where it matters the clock (`now`) and the limit (`max_bytes`), and in `expect` what decoding must give.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a case that cannot be read is a fault of the test"
)]

use audiohm_ingest::event::{
    Decoded, Event, Header, Like, Limits, Play, PlayId, RawRecord, Reason, Timestamp, TrackId, Unlike, UserId, decode,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use uuid::Uuid;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    timestamp: Option<i64>,
    now: Option<String>,
    max_bytes: Option<usize>,
    value: Option<String>,
    value_base64: Option<String>,
    #[serde(default)]
    headers: Vec<CaseHeader>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseHeader {
    name: String,
    value: Option<String>,
    value_base64: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Expect {
    Play {
        id: String,
        user_id: String,
        track_id: String,
        played_at: String,
        played_for: i32,
        completed: bool,
        source: Option<Box<str>>,
    },
    Like {
        user_id: String,
        track_id: String,
        occurred_at: String,
        notes: Option<Box<str>>,
    },
    Unlike {
        user_id: String,
        track_id: String,
        occurred_at: String,
    },
    Rejection {
        reason: String,
        field: String,
        kind: String,
    },
    Tombstone,
}

/// Read by chrono, not by the code under test.
fn instant(text: &str) -> Timestamp {
    Timestamp::from_micros(DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros())
}

fn uuid(text: &str) -> Uuid {
    Uuid::parse_str(text).unwrap()
}

fn bytes(text: Option<&String>, base64: Option<&String>) -> Option<Vec<u8>> {
    assert!(text.is_none() || base64.is_none(), "a value is given twice");
    let encoded = base64.map(|encoded| STANDARD.decode(encoded).unwrap());
    text.map(|text| text.clone().into_bytes()).or(encoded)
}

fn decoded(case: &Case) -> Decoded {
    let value = bytes(case.value.as_ref(), case.value_base64.as_ref());
    let values: Vec<_> = case
        .headers
        .iter()
        .map(|header| bytes(header.value.as_ref(), header.value_base64.as_ref()))
        .collect();
    let headers = case.headers.iter().zip(&values).map(|(header, value)| Header {
        name: &header.name,
        value: value.as_deref(),
    });
    let record = RawRecord {
        value: value.as_deref(),
        headers: &headers.collect::<Vec<_>>(),
        timestamp: case.timestamp,
    };
    let limits = Limits {
        max_bytes: case.max_bytes.unwrap_or(256 * 1024),
        max_clock_skew: Duration::from_mins(10),
    };
    // a clock that never moved: only a record without a timestamp may notice
    let now = case.now.as_deref().map_or(Timestamp::from_micros(0), instant);
    decode(&record, &limits, now)
}

/// Says how the answer differs from the expected one, if it does.
fn difference(expect: &Expect, decoded: &Decoded) -> Option<String> {
    let expected = match expect {
        Expect::Rejection { reason, field, kind } => {
            let Decoded::Rejection(rejection) = decoded else {
                return Some(format!("expected {reason} of {field}, got {decoded:?}"));
            };
            let alike = rejection.reason.as_str() == reason
                && rejection.kind.as_str() == kind
                && rejection.detail.starts_with(&format!("{field}: "));
            return (!alike).then(|| format!("expected {reason} of {field} in {kind}, got {rejection:?}"));
        }
        Expect::Tombstone => Decoded::Tombstone,
        event => Decoded::Event(expected_event(event)),
    };
    (expected != *decoded).then(|| format!("expected {expected:?}, got {decoded:?}"))
}

fn expected_event(expect: &Expect) -> Event {
    match expect {
        Expect::Play {
            id,
            user_id,
            track_id,
            played_at,
            played_for,
            completed,
            source,
        } => Event::Play(Play {
            id: PlayId(uuid(id)),
            user_id: UserId(uuid(user_id)),
            track_id: TrackId(uuid(track_id)),
            played_at: instant(played_at),
            played_for: *played_for,
            completed: *completed,
            source: source.clone(),
        }),
        Expect::Like {
            user_id,
            track_id,
            occurred_at,
            notes,
        } => Event::Like(Like {
            user_id: UserId(uuid(user_id)),
            track_id: TrackId(uuid(track_id)),
            liked_at: instant(occurred_at),
            notes: notes.clone(),
        }),
        Expect::Unlike {
            user_id,
            track_id,
            occurred_at,
        } => Event::Unlike(Unlike {
            user_id: UserId(uuid(user_id)),
            track_id: TrackId(uuid(track_id)),
            unliked_at: instant(occurred_at),
        }),
        Expect::Rejection { .. } | Expect::Tombstone => panic!("no event is expected"),
    }
}

/// The cases of a folder by name.
fn cases(folder: &str) -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/events")
        .join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let case = toml::from_str(&std::fs::read_to_string(&path).unwrap());
        (name.clone(), case.unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    paths.into_iter().map(read).collect()
}

/// Decodes every case of a folder and lists those that came out otherwise than expected.
fn check(folder: &str) -> Vec<(String, Case)> {
    let cases = cases(folder);
    let differences: Vec<_> = cases
        .iter()
        .filter_map(|(name, case)| {
            difference(&case.expect, &decoded(case)).map(|what| format!("{name} ({}): {what}", case.about))
        })
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    cases
}

#[test]
fn every_good_record_gives_the_event_it_says() {
    let cases = check("good");
    assert!(
        cases
            .iter()
            .all(|(_, case)| !matches!(case.expect, Expect::Rejection { .. }))
    );
    assert!(cases.len() >= 40, "only {} cases", cases.len());
}

#[test]
fn every_bad_record_is_rejected_for_the_reason_and_field_it_says() {
    let cases = check("bad");
    assert!(
        cases
            .iter()
            .all(|(_, case)| matches!(case.expect, Expect::Rejection { .. }))
    );
    assert!(cases.len() >= 60, "only {} cases", cases.len());
}

#[test]
fn every_reason_that_decoding_can_give_has_a_case() {
    let given: BTreeSet<Reason> = cases("bad")
        .iter()
        .filter_map(|(_, case)| match decoded(case) {
            Decoded::Rejection(rejection) => Some(rejection.reason),
            Decoded::Event(_) | Decoded::Tombstone => None,
        })
        .collect();
    let by_the_database = [
        Reason::UnknownUser,
        Reason::UnknownTrack,
        Reason::IdConflict,
        Reason::RejectedByDatabase,
    ];
    let expected = Reason::ALL
        .into_iter()
        .filter(|reason| !by_the_database.contains(reason));
    assert_eq!(given, expected.collect());
}
