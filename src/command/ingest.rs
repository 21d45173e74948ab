//! The worker put together: source, pipeline, store, and what runs beside them.

use super::exit::{Exit, Failure};
use super::wiring;
use crate::batch::Outcome;
use crate::config::Config;
use crate::kafka::KafkaSource;
use crate::pipeline::{Claimed, End, Lookup, Store, Worker, behind};
use crate::position::TopicPartition;
use crate::store::StoreError;
use crate::store::letters::{LetterCount, Letters, Retried};
use crate::store::replays::Replays;
use crate::telemetry::{DeadLetterCount, ReplayStatus, StatusBoard, letters as told};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};

/// How often a condition is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How often letters are counted for the gauges.
const COUNT_EVERY: Duration = Duration::from_secs(10);
/// How often old letters are emptied.
const EMPTY_EVERY: Duration = Duration::from_hours(1);

/// Ingests until `stop` becomes true or the client cannot go on.
pub(super) async fn ingest(config: &Config, board: StatusBoard, stop: watch::Receiver<bool>) -> Result<End, Failure> {
    let source =
        KafkaSource::open(&wiring::kafka_settings(config)).map_err(|error| Failure::new(Exit::Configuration, error))?;
    let letters = tokio::spawn(keep_letters(config.clone(), board.clone()));
    let worker = Worker::new(wiring::pipeline_settings(config), source, wiring::store(config), board);
    let end = worker.run(stop).await;
    letters.abort();
    Ok(end)
}

/// Where each topic ends now; an error says what is missing.
pub(super) async fn ends(lookup: &impl Lookup, topics: &[String]) -> Result<BTreeMap<TopicPartition, i64>, String> {
    let mut partitions = Vec::new();
    for topic in topics {
        let found = lookup.partitions(topic).await.map_err(|error| error.to_string())?;
        if found.is_empty() {
            return Err(format!("there is no topic {topic} (`kafka.topics`)"));
        }
        partitions.extend(found);
    }
    let marks = lookup.watermarks(partitions).await.map_err(|error| error.to_string())?;
    Ok(marks
        .into_iter()
        .map(|(partition, marks)| (partition, marks.end_offset))
        .collect())
}

/// Returns once every partition is stored up to its end, whoever stored it. Fails once only partitions are left
/// that stand still until a person has decided.
pub(super) async fn caught_up(config: &Config, ends: &BTreeMap<TopicPartition, i64>) -> Result<(), Failure> {
    let store = wiring::store(config);
    let topics: Vec<Arc<str>> = config
        .kafka
        .topics
        .iter()
        .map(|topic| Arc::from(topic.as_str()))
        .collect();
    loop {
        // a database that is away is the worker's to report; here it only means: not yet
        if let Ok(stored) = store.positions(topics.clone()).await {
            let left = behind(ends, &stored);
            if left.is_empty() {
                return Ok(());
            }
            let halted: Vec<String> = left.iter().filter_map(|left| halt(left, &stored)).collect();
            if halted.len() == left.len() {
                let message = format!(
                    "these partitions stand still, the others are stored: {}",
                    halted.join("; ")
                );
                return Err(Failure::new(Exit::Failed, message));
            }
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// The partition and why it stands still, if it does.
fn halt(partition: &TopicPartition, stored: &BTreeMap<TopicPartition, Claimed>) -> Option<String> {
    let why = stored.get(partition)?.halted.as_ref()?;
    Some(format!("{partition} ({why})"))
}

/// Tries waiting letters again, counts them, empties old ones, shows the replays; as long as it is let.
async fn keep_letters(config: Config, board: StatusBoard) {
    let mut letters = Letters::new(wiring::database(&config), wiring::letter_settings(&config));
    let mut replays = wiring::replays(&config);
    let mut known = (0, 0);
    let mut retry = interval(config.parents.retry_interval.min(Duration::from_secs(5)));
    let mut count = interval(COUNT_EVERY);
    let mut empty = interval(EMPTY_EVERY);
    for timer in [&mut retry, &mut count, &mut empty] {
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    let mut failing = false;
    loop {
        let done = tokio::select! {
            _ = retry.tick() => retry_letters(&mut letters).await,
            _ = count.tick() => {
                show_replays(&mut replays, &board).await;
                count_letters(&mut letters, &board, &mut known).await
            }
            _ = empty.tick() => letters.empty_old().await.map(told::emptied),
        };
        // a database that is away is the worker's to report; here it is told once
        let failed = done.is_err();
        if let Err(error) = done
            && !failing
        {
            told::failed(&error);
        }
        failing = failed;
    }
}

/// Shows the replays that are not over, wherever they run. A database that is away is the worker's to report.
async fn show_replays(replays: &mut Replays, board: &StatusBoard) {
    if let Ok(remaining) = replays.remaining().await {
        let status = |(name, state, remaining_records)| ReplayStatus {
            name,
            state,
            remaining_records,
        };
        board.replays(remaining.into_iter().map(status).collect());
    }
}

async fn retry_letters(letters: &mut Letters) -> Result<(), StoreError> {
    loop {
        let retried = letters.retry().await?;
        tell(&retried);
        if !retried.more {
            return Ok(());
        }
    }
}

fn tell(retried: &Retried) {
    for (topic, tally) in &retried.tallies {
        for (kind, ledger) in tally.by_kind() {
            // what failed again is still a dead letter, and was counted as one
            for outcome in Outcome::ALL
                .into_iter()
                .filter(|outcome| *outcome != Outcome::DeadLettered)
            {
                let count = ledger.of(outcome).unsigned_abs();
                if count > 0 {
                    told::redriven(topic, kind.as_str(), outcome.as_str(), count);
                }
            }
        }
    }
}

/// Counts the letters for the gauges, and says so when there are more or fewer than those `known`.
async fn count_letters(letters: &mut Letters, board: &StatusBoard, known: &mut (i64, i64)) -> Result<(), StoreError> {
    let counts = letters.count().await?;
    let sum = |number: fn(&LetterCount) -> i64| counts.iter().map(number).sum();
    let now = (sum(|count| count.open), sum(|count| count.waiting));
    if now != *known {
        told::counted(now.0, now.1);
        *known = now;
    }
    let count =
        |count: &LetterCount| DeadLetterCount::new(&count.reason, count.open, count.waiting, count.oldest_waiting_at);
    board.dead_letters(counts.iter().map(count).collect());
    Ok(())
}
