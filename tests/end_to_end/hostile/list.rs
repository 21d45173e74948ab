//! The hostile records, each different from every other.

use crate::harness::Sent;
use audiohm_ingest::event::Reason;

const IDS: &str =
    r#""user_id":"a0000000-0000-0000-0000-000000000001","track_id":"b0000000-0000-0000-0000-000000000001""#;
const AT: &str = r#""played_at":"2024-05-01T12:00:00Z""#;
const CLOUD: &str = r#""specversion":"1.0","id":"1","source":"/s","type":"com.audiohm.play.v1""#;

/// A play whose members end in `more`.
fn play(more: &str) -> Vec<u8> {
    format!(r#"{{"type":"play",{IDS},{AT},{more}}}"#).into_bytes()
}

/// Bytes that are not UTF-8 inside `text`, in the place of the `~`.
fn with_byte(text: &str, byte: u8) -> Vec<u8> {
    text.bytes()
        .map(|known| if known == b'~' { byte } else { known })
        .collect()
}

fn structured(envelope: &str) -> Vec<u8> {
    format!("{{{envelope}}}").into_bytes()
}

/// A good event with headers that mean nothing, no key, and bytes that are no text.
pub(super) fn strange_but_good(sent: Sent) -> Sent {
    let number = sent.value.as_ref().map_or(0, Vec::len) % 4;
    match number {
        0 => Sent { key: None, ..sent },
        1 => sent.with_header("trace", &[0, 0xff, 0xfe]).with_header("", b"no name"),
        2 => Sent {
            key: Some(vec![0; 40]),
            ..sent
        },
        _ => sent,
    }
}

pub(super) fn hostile(topic: &str) -> Vec<Sent> {
    let bad = |reason, value: Vec<u8>| Sent::bad(topic, value, reason);
    let mut all: Vec<Sent> = no_json()
        .into_iter()
        .map(|value| bad(Reason::InvalidJson, value))
        .collect();
    all.extend(wrong_fields().into_iter().map(|(reason, value)| bad(reason, value)));
    all.extend(wrong_envelopes(topic));
    all.push(bad(Reason::TooLarge, vec![b' '; 300 * 1024]));
    all.push(bad(
        Reason::TooLarge,
        play(&format!(r#""notes":"{}""#, "x".repeat(256 * 1024))),
    ));
    all
}

fn no_json() -> Vec<Vec<u8>> {
    let deep = |depth: usize| format!(r#"{{"type":"play","more":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    vec![
        Vec::new(),
        (0..=255).collect(),
        vec![0; 64],
        vec![0xff; 1_000],
        b"\xef\xbb\xbf{}".to_vec(),
        b"null".to_vec(),
        b"42".to_vec(),
        b"[]".to_vec(),
        b"\"play\"".to_vec(),
        play("")[..40].to_vec(),
        [play(r#""completed":true"#), b"{}".to_vec()].concat(),
        [play(r#""completed":true"#), vec![0]].concat(),
        "[".repeat(100_000).into_bytes(),
        "{\"a\":".repeat(40_000).into_bytes(),
        deep(128).into_bytes(),
        play(r#""more":"\ud800""#),
        play(r#""more":NaN"#),
        play(r#""more":01"#),
        with_byte(&String::from_utf8(play(r#""more":"~""#)).unwrap(), 0xff),
        with_byte(&String::from_utf8(play(r#""source":"~""#)).unwrap(), 0),
        // an Avro record behind the five bytes of a registry
        b"\0\0\0\0\x07\x02\x48user\x06\x80\x01".to_vec(),
        "{\"type\":\"play\"}"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect(),
    ]
}

fn wrong_fields() -> Vec<(Reason, Vec<u8>)> {
    let object = |text: &str| format!("{{{text}}}").into_bytes();
    vec![
        (Reason::MissingField, b"{}".to_vec()),
        (Reason::MissingField, object(&format!(r#""type":"play",{AT}"#))),
        (
            Reason::MissingField,
            object(&format!(r#""type":"play",{IDS},"played_at":null"#)),
        ),
        (Reason::UnknownType, object(&format!(r#""type":"PLAY",{IDS},{AT}"#))),
        (Reason::UnknownType, object(r#""type":"drop table users""#)),
        (Reason::UnsupportedVersion, play(r#""version":2"#)),
        (Reason::InvalidField, play(r#""version":"1""#)),
        (Reason::InvalidField, play(r#""source":"\u0000""#)),
        (Reason::InvalidField, play(&format!(r#""source":"{}""#, "é".repeat(51)))),
        (Reason::InvalidField, play(r#""played_for":-1"#)),
        (Reason::InvalidField, play(r#""played_for":30.0"#)),
        (Reason::InvalidField, play(r#""played_for":1e400"#)),
        (Reason::InvalidField, play(r#""played_for":99999999999999999999"#)),
        (Reason::InvalidField, play(r#""completed":"yes""#)),
        (
            Reason::InvalidField,
            play(r#""user_id":"a0000000-0000-0000-0000-000000000001""#),
        ),
        (Reason::InvalidField, play(r#""event_id":"';--""#)),
        (
            Reason::InvalidField,
            object(&format!(r#""type":"play",{IDS},"played_at":"2024-06-30T23:59:60Z""#)),
        ),
        (
            Reason::TimeOutOfRange,
            object(&format!(r#""type":"play",{IDS},"played_at":"1999-12-31T23:59:59Z""#)),
        ),
        (
            Reason::TimeOutOfRange,
            object(&format!(r#""type":"play",{IDS},"played_at":4102444800000"#)),
        ),
    ]
}

fn wrong_envelopes(topic: &str) -> Vec<Sent> {
    let content_type = ("content-type", &b"application/cloudevents+json"[..]);
    let cloud = |reason, envelope: &str| {
        Sent::bad(topic, structured(envelope), reason).with_header(content_type.0, content_type.1)
    };
    vec![
        cloud(Reason::InvalidField, &format!(r#"{CLOUD},"data_base64":"%%%""#)),
        cloud(
            Reason::MissingField,
            r#""specversion":"1.0","source":"/s","type":"com.audiohm.play.v1""#,
        ),
        cloud(Reason::UnsupportedVersion, &CLOUD.replace("v1", "v2")),
        cloud(Reason::UnsupportedVersion, &CLOUD.replace("1.0", "0.3")),
        cloud(Reason::UnknownType, &CLOUD.replace("audiohm", "elsewhere")),
        Sent::bad(topic, play(r#""played_for":1"#), Reason::InvalidField)
            .with_header("ce_specversion", b"1.0")
            .with_header("ce_id", b"\xff\xfe")
            .with_header("ce_source", b"/s")
            .with_header("ce_type", b"com.audiohm.play.v1"),
    ]
}
