//! The words of the status page.

use super::page::{self, verdict};
use super::words;
use crate::position::{Epoch, TopicPartition, Watermarks};
use crate::telemetry::{Claim, DeadLetterCount, StatusBoard, check};
use chrono::{TimeDelta, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

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
    assert_eq!(verdict::of(&board(20).look()).title, "Fresh");
    let late = verdict::of(&board(3_700).look());
    assert_eq!(late.title, "Behind by 1 h 1 min");
    assert_eq!(late.detail, "Listening history is 1 h 1 min behind, most in t[0].");
    assert_eq!(late.advice, None);
}

#[test]
fn the_verdict_names_what_has_stopped_before_any_lag_and_says_what_to_do() {
    let board = board(3_700);
    let partition = TopicPartition::new("t", 0);
    board.halted(&partition, "gap", "lost".to_owned());
    let verdict = verdict::of(&board.look());
    assert_eq!(verdict.title, "Stopped: the only partition is halted");
    board.assigned(&[TopicPartition::new("t", 1)]);
    let verdict = verdict::of(&board.look());
    assert_eq!(verdict.title, "Partly stopped: 1 of 2 partitions is halted");
    board.check(check::DATABASE, Err("connection refused".to_owned()));
    let verdict = verdict::of(&board.look());
    assert_eq!(verdict.title, "Stopped: the database does not serve");
    let expected = "connection refused. Listening history is 1 h 1 min behind, most in t[0].";
    assert_eq!(verdict.detail, expected);
    assert!(verdict.advice.unwrap().contains("`audiohm-ingest check`"));
}

#[test]
fn a_worker_that_begins_or_ends_says_so_unless_something_is_in_its_way() {
    let board = StatusBoard::new("1.2.3", "group", &["t".to_owned()]);
    assert_eq!(verdict::of(&board.look()).title, "Starting");
    board.check(check::BROKER, Err("refused".to_owned()));
    assert_eq!(verdict::of(&board.look()).title, "Stopped: Kafka does not serve");
    for name in [check::DATABASE, check::BROKER] {
        board.check(name, Ok(()));
    }
    board.check(check::RUNNING, Err("stopping".to_owned()));
    assert_eq!(verdict::of(&board.look()).title, "Stopping");
}

#[test]
fn a_partition_whose_lag_is_not_known_is_not_called_fresh() {
    let board = board(0);
    board.assigned(&[TopicPartition::new("t", 1)]);
    assert_eq!(verdict::of(&board.look()).title, "Not known yet");
}

#[tokio::test(start_paused = true)]
async fn a_lag_that_shrinks_is_told_with_the_time_that_is_left() {
    // the age of a record goes by the clock of the day, which no test can stop; of a lag of weeks, the seconds that
    // pass meanwhile change nothing that is told
    let week = 7 * 86_400;
    let board = board(4 * week);
    board.remember();
    for _ in 0..15 {
        tokio::time::advance(Duration::from_secs(5)).await;
        board.remember();
    }
    let partition = TopicPartition::new("t", 0);
    let behind = |seconds| Some((Utc::now() - TimeDelta::seconds(seconds)).timestamp_millis());
    // two weeks of it went in the last minute, and what is left takes 61.5 s
    board.oldest_unstored(&partition, behind(2 * week + week / 40));
    let told = verdict::of(&board.look()).detail;
    assert!(
        told.contains("; catching up, at this pace done in about 1 min 1 s"),
        "{told}"
    );
    board.oldest_unstored(&partition, behind(8 * week));
    let told = verdict::of(&board.look()).detail;
    assert!(told.contains("; falling further behind."), "{told}");
}

#[test]
fn a_worker_without_partitions_is_ready_and_says_why() {
    let board = board(0);
    board.gone(&[TopicPartition::new("t", 0)]);
    assert_eq!(verdict::of(&board.look()).title, "Ready, with nothing to do");
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
