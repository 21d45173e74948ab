//! Dead letters keep what came, byte for byte, whatever it is.

use crate::bed::{Bed, write};
use crate::letter::letters;
use crate::random::{LIMITS, parents, play_id, record_with, track, user};
use crate::sample::play_record;
use audiohm_ingest::record::{Header, Record, UNREADABLE_NAME};
use bytes::Bytes;

fn header(name: &str, value: Option<&'static [u8]>) -> Header {
    Header {
        name: name.to_owned(),
        value: value.map(Bytes::from_static),
    }
}

#[tokio::test]
async fn a_letter_keeps_key_value_and_headers_byte_for_byte() {
    let mut bed = Bed::with(&parents()).await;
    let mut log = bed.log(0).await;
    let every_byte: Vec<u8> = (0..=255).collect();
    let headers = [
        header("text", Some("é 😀 \"quoted\" \\".as_bytes())),
        header("lines", Some(b"one\ntwo\r\n\ttab\x01\x1f\x7f")),
        header("nul", Some(b"a\0b")),
        header("no utf-8", Some(b"\xff\xfe")),
        header("surrogate", Some(b"\xed\xa0\x80")),
        header("empty", Some(b"")),
        header("none", None),
        header("none", Some(b"twice")),
        header("", Some(b"without a name")),
        header(UNREADABLE_NAME, None),
    ];
    let record = Record {
        key: Some(Bytes::from(every_byte.clone())),
        headers: Box::new(headers.clone()),
        ..record_with(every_byte.clone())
    };
    write(&mut bed.lane(), &mut log, [record]).await;
    let letter = &letters(&mut bed.backend).await[0];
    assert_eq!(
        (letter.key.as_deref(), letter.value.as_deref()),
        (Some(&*every_byte), Some(&*every_byte))
    );
    let expected = headers
        .iter()
        .map(|it| (it.name.clone(), it.value.as_ref().map(|value| value.to_vec())));
    assert_eq!(letter.headers, expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_key_a_value_or_a_timestamp_that_is_not_there_is_null_and_an_empty_one_is_empty() {
    let mut bed = Bed::with(&parents()).await;
    let mut log = bed.log(0).await;
    let nothing = Record {
        timestamp: None,
        ..record_with("")
    };
    let empty_key = Record {
        key: Some(Bytes::new()),
        ..record_with("{}")
    };
    write(&mut bed.lane(), &mut log, [nothing, empty_key]).await;
    let stored = letters(&mut bed.backend).await;
    assert_eq!(
        (&stored[0].key, stored[0].timestamp, stored[0].value.as_deref()),
        (&None, None, Some(&b""[..]))
    );
    assert_eq!(stored[1].key.as_deref(), Some(&b""[..]));
    assert!(stored[1].timestamp.is_some());
}

#[tokio::test]
async fn names_and_details_with_control_characters_do_not_fail_the_batch() {
    let mut bed = Bed::with(&parents()).await;
    let mut log = bed.log(0).await;
    let quoting = r#"{"type": "play", "user_id": "a\u0000\n\u001b[31m", "source": "\u0000"}"#;
    let hostile = Record {
        headers: Box::new([header("a\0b\n\u{7f}", Some(b"x")), header(&"n".repeat(100_000), None)]),
        ..record_with(quoting)
    };
    let good = play_record(play_id(1), user(0), track(0));
    write(&mut bed.lane(), &mut log, [hostile, good]).await;
    let letter = &letters(&mut bed.backend).await[0];
    assert_eq!(letter.value.as_deref(), Some(quoting.as_bytes()));
    assert!(!letter.detail.chars().any(char::is_control), "{}", letter.detail);
    assert!(letter.detail.len() <= 1_024);
    assert_eq!(letter.headers[0].1.as_deref(), Some(&b"x"[..]));
    assert_eq!(bed.tables().await.history.len(), 1);
}

#[tokio::test]
async fn a_value_of_many_megabytes_is_kept_whole() {
    let mut bed = Bed::with(&parents()).await;
    let mut log = bed.log(0).await;
    let huge: Vec<u8> = (0..8_000_000_u32)
        .map(|number| number.to_le_bytes()[usize::from(number % 2 == 0)])
        .collect();
    assert!(huge.len() > LIMITS.max_bytes);
    write(&mut bed.lane(), &mut log, [record_with(huge.clone())]).await;
    let letter = &letters(&mut bed.backend).await[0];
    assert_eq!(letter.reason, "too_large");
    assert!(letter.value.as_deref() == Some(&*huge), "the same bytes");
}

#[tokio::test]
async fn a_record_that_is_a_letter_already_is_entered_in_the_live_ledger_once() {
    let mut bed = Bed::with(&parents()).await;
    let mut log = bed.log(0).await;
    // a replay has been here before
    bed.execute(
        "insert into ingest.dead_letters (consumer_group, topic, partition, record_offset, record_value, reason, detail,
         state, origin, in_ledger) values ('tables', 'audiohm.plays', 0, 0, 'its bytes', 'invalid_json', 'its words',
         'open', 'january', false)",
    )
    .await;
    write(&mut bed.lane(), &mut log, [record_with("no event")]).await;
    let stored = "select format('%s %s %s %s', origin, in_ledger, detail, convert_from(record_value, 'UTF8'))
        from ingest.dead_letters";
    assert_eq!(bed.texts(stored).await, ["january t its words its bytes"]);
    assert_eq!(bed.progress(&log.partition).await.dead_lettered, 1);
}
