//! The words of the status page.

use super::{page, words};
use crate::position::{Epoch, TopicPartition, Watermarks};
use crate::telemetry::{Claim, DeadLetterCount, StatusBoard, check};
use chrono::{TimeDelta, Utc};
use std::collections::BTreeMap;

/// A ready worker with one partition whose oldest record in memory is `behind` seconds old.
fn board(behind: i64) -> StatusBoard {
    let board = StatusBoard::new("1.2.3", "group", &["t".to_owned()]);
    for name in [check::RUNNING, check::DATABASE, check::BROKER] {
        board.check(name, Ok(()));
    }
    let partition = TopicPartition::new("t", 0);
    board.assigned(std::slice::from_ref(&partition));
    let claim = Claim {
        epoch: Epoch(1),
        lane: 0,
        next_offset: 1_234_567,
        last_record_timestamp: None,
    };
    board.claimed(&partition, claim);
    let watermarks = Watermarks {
        low_offset: 0,
        end_offset: 1_234_570,
    };
    board.watermarks(&BTreeMap::from([(partition.clone(), watermarks)]), Utc::now());
    let oldest = Utc::now() - TimeDelta::seconds(behind);
    board.oldest_unstored(&partition, Some(oldest.timestamp_millis()));
    board
}

#[test]
fn the_verdict_is_fresh_up_to_thirty_seconds_and_behind_after_that() {
    assert_eq!(words::verdict(&board(20).look()).title, "Fresh");
    let late = words::verdict(&board(3_700).look());
    assert_eq!(late.title, "Behind");
    assert!(late.detail.starts_with("t[0] is 1 h 1 min behind"), "{}", late.detail);
}

#[test]
fn the_verdict_names_the_check_that_fails_before_any_lag() {
    let board = board(3_700);
    board.check(check::DATABASE, Err("connection refused".to_owned()));
    let verdict = words::verdict(&board.look());
    assert_eq!(
        (verdict.title, verdict.detail.as_str()),
        ("Not ready", "database: connection refused")
    );
}

#[test]
fn a_worker_without_partitions_is_ready_and_says_why() {
    let board = board(0);
    board.gone(&[TopicPartition::new("t", 0)]);
    assert_eq!(words::verdict(&board.look()).title, "Ready, with nothing to do");
}

#[test]
fn every_text_from_outside_is_escaped() {
    let evil = "<script>'\"&";
    let board = StatusBoard::new(evil, evil, &[evil.to_owned()]);
    let partition = TopicPartition::new(evil, 0);
    board.assigned(std::slice::from_ref(&partition));
    board.halted(&partition, "flood", evil.to_owned());
    board.check(evil, Err(evil.to_owned()));
    board.dead_letters(vec![DeadLetterCount::new(evil, 1, 0, None)]);
    let html = page::render(&board.look());
    assert!(!html.contains("<script>"), "{html}");
    assert!(html.contains("&lt;script&gt;&#39;&quot;&amp;"), "{html}");
}

#[test]
fn numbers_and_durations_are_easy_to_read() {
    assert_eq!(words::number(Some(1_234_567)), "1\u{202f}234\u{202f}567");
    assert_eq!(words::number(Some(-12)), "−12");
    assert_eq!(words::number(Some(999)), "999");
    assert_eq!(words::number(None), "–");
    let durations = [
        (0.0, "0 s"),
        (0.24, "0.2 s"),
        (59.9, "59 s"),
        (61.0, "1 min 1 s"),
        (7_260.0, "2 h 1 min"),
        (90_000.0, "1 d 1 h"),
    ];
    for (seconds, words) in durations {
        assert_eq!(super::words::duration(seconds), words);
    }
    assert_eq!(words::bytes(5 * 1024 * 1024), "5 MiB");
}
