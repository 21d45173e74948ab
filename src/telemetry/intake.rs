//! What happens between the log and the batch: records, rebalances, halts.

use super::label::{MODES, REBALANCE_EVENTS};
use super::limit::{Limiter, due};
use super::metric::{REBALANCES, RECORDS_CONSUMED};
use crate::position::TopicPartition;
use metrics::counter;
use std::fmt::Display;
use std::sync::Mutex;
use tracing::{error, info, warn};

/// What is tried again and again must not flood the log.
static TROUBLE: Mutex<Limiter<&'static str>> = Mutex::new(Limiter::new());

/// Sets to 0 what needs no topic.
pub(super) fn start() {
    for event in REBALANCE_EVENTS {
        counter!(REBALANCES.name, "event" => event).increment(0);
    }
}

/// Sets to 0 what this file counts by topic.
pub(super) fn register(topic: &str, mode: &'static str) {
    consumed(topic, mode, 0);
}

/// Sets every counter of these topics to 0, so that a first increase is seen as one.
pub fn topics_known(topics: &[String], modes: &[&'static str]) {
    debug_assert!(modes.iter().all(|mode| MODES.contains(mode)));
    for topic in topics {
        for mode in modes {
            register(topic, mode);
            super::write::register(topic, mode);
        }
    }
}

/// `count` records of `topic` were taken from the log.
pub fn consumed(topic: &str, mode: &'static str, count: u64) {
    counter!(RECORDS_CONSUMED.name, "topic" => topic.to_owned(), "mode" => mode).increment(count);
}

/// The group assigned (`assign`), took back (`revoke`) or gave away (`lost`) these partitions.
pub fn rebalance(event: &'static str, partitions: &[TopicPartition]) {
    counter!(REBALANCES.name, "event" => event).increment(1);
    info!(event, count = partitions.len(), partitions = ?partitions, "partitions changed hands");
}

/// A partition was claimed and is read from `next_offset`.
pub fn reading_from(partition: &TopicPartition, next_offset: i64) {
    info!(%partition, next_offset, "reading begins");
}

/// A partition stands still until an operator has decided.
pub fn partition_halted(partition: &TopicPartition, cause: &'static str, detail: &str) {
    error!(
        %partition,
        cause,
        detail,
        "partition halted until somebody has decided; `audiohm-ingest positions resume` says what going on loses, and asks"
    );
}

/// Claiming partitions failed; it is tried again.
pub fn claim_failed(error: &dyn Display) {
    if let Some(left_out) = due(&TROUBLE, "claim") {
        warn!(%error, left_out, "partitions could not be claimed; trying again");
    }
}

/// The database did not take what was decided about a partition that cannot go on; it is tried again.
pub fn decision_not_stored(partition: &TopicPartition, error: &dyn Display) {
    if let Some(left_out) = due(&TROUBLE, "decision") {
        warn!(%partition, %error, left_out, "the decision about this partition is not stored yet; trying again");
    }
}

/// An operator let a halted partition go on.
pub fn partition_resumed(partition: &TopicPartition, next_offset: i64) {
    info!(%partition, next_offset, "halted partition resumed");
}

/// The log had lost `records` offsets before they were stored, and the setting is to go on without them.
pub fn gap_skipped(partition: &TopicPartition, records: i64, next_offset: i64) {
    warn!(%partition, records, next_offset, "the log no longer holds these records; going on with the oldest there is");
}

/// The client is silent although the log goes on; the partition is read anew.
pub fn delivers_nothing(partition: &TopicPartition, next_offset: i64) {
    warn!(%partition, next_offset, "nothing was delivered for a minute although the log goes on; reading begins anew");
}

/// The broker or a topic is out of reach; the client goes on trying.
pub fn broker_unavailable(error: &dyn Display) {
    if let Some(left_out) = due(&TROUBLE, "broker") {
        warn!(%error, left_out, "the broker cannot be used; trying again");
    }
}
