//! What happens between the batch and the tables: flushes, transactions, outcomes, dead letters.

use super::label::{
    COMMIT, EVENT_KINDS, FLUSH_TRIGGERS, OUTCOMES_OF_KINDS, REASONS, RETRY_CAUSES, ROLLBACK, TRANSACTION_OUTCOMES,
};
use super::limit::{Limiter, due};
use super::metric::{
    BATCH_AGE, BATCH_FLUSHES, BATCH_ROWS_WRITTEN, DATABASE_RETRIES, DEAD_LETTERS, FENCED_BATCHES, INGEST_TO_VISIBLE,
    RECORDS, TRANSACTION,
};
use metrics::{Histogram, counter, histogram};
use std::fmt::Display;
use std::sync::Mutex;
use std::time::Duration;
use tracing::{debug, info, warn};

/// A database that is away must not flood the log.
static RETRIES: Mutex<Limiter<&'static str>> = Mutex::new(Limiter::new());

/// Sets to 0 what needs no topic.
pub(super) fn start() {
    for trigger in FLUSH_TRIGGERS {
        counter!(BATCH_FLUSHES.name, "trigger" => trigger).increment(0);
    }
    for cause in RETRY_CAUSES {
        counter!(DATABASE_RETRIES.name, "cause" => cause).increment(0);
    }
    counter!(FENCED_BATCHES.name).increment(0);
    // a histogram shows its empty buckets once it exists
    let _: (Histogram, Histogram) = (histogram!(BATCH_ROWS_WRITTEN.name), histogram!(BATCH_AGE.name));
    for outcome in TRANSACTION_OUTCOMES {
        let _: Histogram = histogram!(TRANSACTION.name, "outcome" => outcome);
    }
}

/// Sets to 0 what this file counts by topic and mode.
pub(super) fn register(topic: &str, mode: &'static str) {
    for (kind, outcomes) in OUTCOMES_OF_KINDS {
        for outcome in outcomes {
            records(topic, kind, outcome, mode, 0);
        }
    }
    for reason in REASONS {
        counter!(DEAD_LETTERS.name, "topic" => topic.to_owned(), "reason" => reason, "mode" => mode).increment(0);
    }
    for kind in EVENT_KINDS {
        let _: Histogram = histogram!(INGEST_TO_VISIBLE.name, "kind" => kind, "mode" => mode);
    }
}

/// A batch was sealed, with `rows` rows and `age` after its first record.
pub fn flush(trigger: &'static str, rows: usize, age: Duration) {
    counter!(BATCH_FLUSHES.name, "trigger" => trigger).increment(1);
    #[expect(clippy::cast_precision_loss, reason = "a batch has far fewer than 2^53 rows")]
    histogram!(BATCH_ROWS_WRITTEN.name).record(rows as f64);
    histogram!(BATCH_AGE.name).record(age);
}

/// A batch that is stored.
#[derive(Clone, Copy, Debug)]
pub struct BatchWritten {
    /// The lane that wrote it.
    pub lane: usize,
    /// How its records were read: `live`, `replay` or `redrive`.
    pub mode: &'static str,
    /// Records that it decided.
    pub records: u64,
    /// Rows that it offered to the tables.
    pub rows: usize,
    /// From BEGIN until COMMIT returned.
    pub elapsed: Duration,
}

/// A batch is stored: its transaction is counted as committed.
pub fn batch_written(batch: &BatchWritten) {
    histogram!(TRANSACTION.name, "outcome" => COMMIT).record(batch.elapsed);
    let BatchWritten {
        lane,
        mode,
        records,
        rows,
        elapsed,
    } = batch;
    debug!(lane, mode, records, rows, ?elapsed, "batch written");
}

/// A batch was not stored and is written again after `wait`: its transaction is counted as rolled back.
pub fn database_retry(cause: &'static str, error: &dyn Display, elapsed: Duration, wait: Duration) {
    histogram!(TRANSACTION.name, "outcome" => ROLLBACK).record(elapsed);
    counter!(DATABASE_RETRIES.name, "cause" => cause).increment(1);
    if let Some(left_out) = due(&RETRIES, cause) {
        warn!(cause, %error, ?elapsed, ?wait, left_out, "the batch is written again");
    }
}

/// A batch was dropped because another worker had taken over: its transaction is counted as rolled back.
pub fn batch_fenced(lane: usize, records: u64, elapsed: Duration) {
    histogram!(TRANSACTION.name, "outcome" => ROLLBACK).record(elapsed);
    counter!(FENCED_BATCHES.name).increment(1);
    warn!(
        lane,
        records, "another worker owns a partition of this batch; dropped, nothing is lost"
    );
}

/// Other transactions were in the way of a batch again and again: it is read again, in smaller ones.
pub fn batches_shrink(lane: usize, max_rows: usize) {
    info!(
        lane,
        max_rows, "other transactions were in the way of a batch again and again; smaller ones are tried"
    );
}

/// Writing works again after it had failed since `outage` ago.
pub fn database_back(outage: Duration) {
    info!(?outage, "the database takes batches again");
}

/// `count` records were stored with this outcome.
pub fn records(topic: &str, kind: &'static str, outcome: &'static str, mode: &'static str, count: u64) {
    counter!(
        RECORDS.name,
        "topic" => topic.to_owned(), "kind" => kind, "outcome" => outcome, "mode" => mode
    )
    .increment(count);
}

/// `count` records were stored as dead letters for this reason.
pub fn dead_lettered(topic: &str, reason: &'static str, mode: &'static str, count: u64) {
    counter!(DEAD_LETTERS.name, "topic" => topic.to_owned(), "reason" => reason, "mode" => mode).increment(count);
    debug!(topic, reason, mode, count, "records stored as dead letters");
}

/// Events with these Kafka timestamps became visible at `committed_at`, all in milliseconds since 1970.
/// A record whose clock runs ahead counts as 0: a negative observation would look like a restart.
pub fn ingest_to_visible(
    kind: &'static str,
    mode: &'static str,
    committed_at: i64,
    timestamps: impl IntoIterator<Item = i64>,
) {
    // looked up once, so that a record costs one push
    let seconds = histogram!(INGEST_TO_VISIBLE.name, "kind" => kind, "mode" => mode);
    for timestamp in timestamps {
        let milliseconds = committed_at.saturating_sub(timestamp).max(0);
        seconds.record(Duration::from_millis(milliseconds.unsigned_abs()));
    }
}
