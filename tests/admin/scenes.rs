//! Boards as a worker would leave them, in the states that somebody on call meets.

use audiohm_ingest::position::{Epoch, TopicPartition, Watermarks};
use audiohm_ingest::telemetry::{Claim, DeadLetterCount, ReplayStatus, StatusBoard, check};
use chrono::{TimeDelta, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

const PARTITIONS: i32 = 4;

/// How far behind a worker was, by seconds ago.
pub(crate) type Lag = fn(i64) -> i64;

/// A worker with eight partitions and a quarter of an hour behind it. Needs a runtime whose time stands still.
pub(crate) async fn board(lag: Lag) -> StatusBoard {
    let board = begin();
    live(&[(&board, lag)]).await;
    board
}

fn begin() -> StatusBoard {
    let topics = ["audiohm.plays".to_owned(), "audiohm.likes".to_owned()];
    let board = StatusBoard::new("1.2.3", "audiohm-ingest", &topics);
    for name in [check::RUNNING, check::DATABASE, check::BROKER] {
        board.check(name, Ok(()));
    }
    assign(&board, &topics, PARTITIONS);
    board.dead_letters(letters());
    board
}

async fn live(workers: &[(&StatusBoard, Lag)]) {
    for ago in (0..=900).rev().step_by(5) {
        for (board, lag) in workers {
            behind(board, lag(ago));
            let busy = if lag(ago) > lag(ago + 5) {
                0
            } else {
                3_000 + 40 * (ago % 37).unsigned_abs()
            };
            for (outcome, count) in [("inserted", busy), ("unchanged", busy / 9), ("updated", busy / 30)] {
                board.decided(outcome, count);
            }
            board.decided("dead_lettered", u64::from(ago % 60 == 0));
            board.remember();
        }
        tokio::time::advance(Duration::from_secs(if ago > 0 { 5 } else { 0 })).await;
    }
}

/// Gives the worker that many partitions of each topic.
pub(crate) fn assign(board: &StatusBoard, topics: &[String], count: i32) {
    for topic in topics {
        for number in 0..count {
            let partition = TopicPartition::new(topic.as_str(), number);
            board.assigned(std::slice::from_ref(&partition));
            let next_offset = 4_812_300 + i64::from(number) * 977;
            let claim = Claim {
                epoch: Epoch(3),
                lane: (number % 2).unsigned_abs() as usize,
                next_offset,
                last_record_timestamp: None,
            };
            board.claimed(&partition, claim);
            let marks = Watermarks {
                low_offset: 120_000,
                end_offset: next_offset,
            };
            board.watermarks(&BTreeMap::from([(partition, marks)]), Utc::now());
        }
    }
}

/// Lets the oldest record of one partition be that many seconds old.
pub(crate) fn behind(board: &StatusBoard, seconds: i64) {
    let partition = plays(2);
    let marks = Watermarks {
        low_offset: 120_000,
        end_offset: 4_814_254 + seconds * 620,
    };
    board.watermarks(&BTreeMap::from([(partition.clone(), marks)]), Utc::now());
    let oldest = Utc::now() - TimeDelta::seconds(seconds);
    board.oldest_unstored(&partition, Some(oldest.timestamp_millis()));
}

pub(crate) fn plays(number: i32) -> TopicPartition {
    TopicPartition::new("audiohm.plays", number)
}

fn letters() -> Vec<DeadLetterCount> {
    let waits = Some(Utc::now() - TimeDelta::minutes(47));
    vec![
        DeadLetterCount::new("invalid_field", 12, 0, None),
        DeadLetterCount::new("time_out_of_range", 3, 0, None),
        DeadLetterCount::new("unknown_user", 0, 184, waits),
    ]
}

/// The states by name: what the big words of the page begin with, and the board.
pub(crate) async fn all() -> Vec<(&'static str, &'static str, StatusBoard)> {
    let [healthy, lagging, away, tripped] = [(); 4].map(|()| begin());
    live(&[
        (&healthy, |ago| i64::from(ago % 120 == 60) * 2),
        (&lagging, |ago| if ago > 600 { 0 } else { 420 - (ago - 180).abs() }),
        (&away, |ago| (150 - ago).max(0)),
        (&tripped, |ago| (400 - ago).max(0)),
    ])
    .await;
    lagging.paused(&plays(2), "memory", true);
    let july = ReplayStatus {
        name: "july-again".to_owned(),
        state: "running".to_owned(),
        remaining_records: 1_204_330,
    };
    lagging.replays(vec![july]);
    away.check(check::DATABASE, Err("connection refused (127.0.0.1:5432)".to_owned()));
    for number in 0..PARTITIONS {
        away.paused(&plays(number), "database", true);
    }
    let detail = "612 of the last 1 000 records are faulty, most of them invalid_field";
    tripped.halted(&plays(2), "flood", detail.to_owned());
    tripped.paused(&plays(2), "halted", true);
    vec![
        ("healthy", "Fresh", healthy),
        ("lagging", "Behind by", lagging),
        ("database-away", "Stopped: the database", away),
        ("breaker-tripped", "Partly stopped: 1 of 8", tripped),
    ]
}
