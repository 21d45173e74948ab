//! What a board holds, and how one look at it comes about.

use super::history::History;
use super::{Check, DeadLetterCount, PartitionStatus, ReplayStatus, Status, check, time};
use crate::position::TopicPartition;
use crate::telemetry::label::OUTCOMES;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Board {
    pub(super) version: String,
    pub(super) group_id: String,
    pub(super) topics: Vec<String>,
    pub(super) started_at: DateTime<Utc>,
    pub(super) ticked_at: Instant,
    pub(super) checks: Vec<Check>,
    pub(super) buffer_bytes: u64,
    pub(super) partitions: BTreeMap<TopicPartition, PartitionStatus>,
    pub(super) dead_letters: Option<Vec<DeadLetterCount>>,
    pub(super) replays: Vec<ReplayStatus>,
    pub(super) outcomes: BTreeMap<&'static str, u64>,
    pub(super) history: History,
}

impl Board {
    pub(super) fn new(version: &str, group_id: &str, topics: &[String]) -> Self {
        let started_at = Utc::now();
        Self {
            version: version.to_owned(),
            group_id: group_id.to_owned(),
            topics: topics.to_vec(),
            started_at,
            ticked_at: Instant::now(),
            checks: check::AT_START.map(|name| Check::not_yet(name, started_at)).to_vec(),
            buffer_bytes: 0,
            partitions: BTreeMap::new(),
            dead_letters: None,
            replays: Vec::new(),
            outcomes: OUTCOMES.into_iter().map(|outcome| (outcome, 0)).collect(),
            history: History::default(),
        }
    }

    pub(super) fn partitions_at(&self, now: DateTime<Utc>) -> Vec<PartitionStatus> {
        let mut partitions: Vec<_> = self.partitions.values().cloned().collect();
        for partition in &mut partitions {
            partition.derive(now);
        }
        partitions
    }

    pub(super) fn look(&self, now: DateTime<Utc>) -> Status {
        let (partitions, instant) = (self.partitions_at(now), Instant::now());
        let mut checks = self.checks.clone();
        checks.push(Check::of_partitions(&partitions, self.started_at));
        let mut dead_letters = self.dead_letters.clone();
        for check in &mut checks {
            check.derive(now);
        }
        for letters in dead_letters.iter_mut().flatten() {
            letters.derive(now);
        }
        Status {
            version: self.version.clone(),
            group_id: self.group_id.clone(),
            topics: self.topics.clone(),
            started_at: self.started_at,
            taken_at: now,
            uptime_seconds: time::seconds_between(self.started_at, now),
            ready: checks.iter().all(|check| check.ok),
            checks,
            lag_seconds: latest(&partitions),
            records_per_second: self.history.rate(instant, self.outcomes.values().sum()),
            outcomes: self.outcomes.clone(),
            buffer_bytes: self.buffer_bytes,
            partitions,
            dead_letters,
            replays: self.replays.clone(),
            history: self.history.samples(instant),
        }
    }
}

/// The lag of the partition that is furthest behind; none while no partition's is known.
pub(super) fn latest(partitions: &[PartitionStatus]) -> Option<f64> {
    let lags = partitions.iter().filter_map(|partition| partition.lag_seconds);
    lags.max_by(f64::total_cmp)
}
