//! From a partition that is wanted to one that is read.
//!
//! A claim is one try in the background; whether it is repeated is decided here, partition by partition, so that
//! nothing is claimed that the group has taken away since. Its answer counts only under the generation that was
//! given out for it.

use super::backoff::Backoff;
use super::claim::{Answer, ClaimError, Found, claim};
use super::flood::Floods;
use super::health::Caller;
use super::partitions::Stage;
use super::source::Source;
use super::store::{Claimed, Store};
use super::worker::Worker;
use crate::position::{Generation, Start, TopicPartition};
use crate::telemetry::{Claim, intake};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::JoinError;
use tokio::time::Instant;

impl<Log: Source, Database: Store> Worker<Log, Database> {
    /// Claims the partitions whose time has come, each topic for itself: one that is not there any more must not
    /// keep the others waiting. A worker that stops claims nothing.
    pub(super) fn claim_wanted(&mut self) {
        if self.is_stopping() {
            return;
        }
        let (now, lanes) = (Instant::now(), &self.lanes);
        let wanted = self.partitions.matching(|partition, entry| {
            let held = || lanes.get(entry.lane).is_some_and(|lane| lane.holds(partition));
            entry.wanted_at().is_some_and(|at| at <= now) && !held()
        });
        let mut by_topic: BTreeMap<Arc<str>, Vec<TopicPartition>> = BTreeMap::new();
        for partition in wanted {
            by_topic
                .entry(Arc::clone(&partition.topic))
                .or_default()
                .push(partition);
        }
        for partitions in by_topic.into_values() {
            self.claim(partitions);
        }
    }

    fn claim(&mut self, partitions: Vec<TopicPartition>) {
        let generation = self.partitions.next_generation();
        let mut in_doubt = false;
        for partition in &partitions {
            if let Some(entry) = self.partitions.get_mut(partition) {
                entry.stage = Stage::Claiming;
                entry.generation = generation;
                in_doubt |= entry.in_doubt;
            }
        }
        let (store, lookup) = (self.store.clone(), self.source.lookup());
        self.claims.spawn(async move {
            let found = claim(&store, &lookup, &partitions, in_doubt).await;
            Answer {
                generation,
                partitions,
                found,
            }
        });
    }

    pub(super) fn on_claims(&mut self, answer: Result<Answer, JoinError>) {
        let Answer {
            generation,
            partitions,
            found,
        } = match answer {
            Ok(answer) => answer,
            Err(error) => return self.on_lost_task(&error),
        };
        match found {
            Ok(found) => {
                self.database_works(Caller::Claims);
                let starts: Vec<_> = found
                    .iter()
                    .filter_map(|found| self.on_found(found, generation))
                    .collect();
                if !starts.is_empty() {
                    self.source.start(starts);
                }
                if let Some(missing) = self.still_claimed(&partitions, generation).first() {
                    self.on_claim_failed(&partitions, generation, &ClaimError::Unlisted(missing.clone()));
                } else {
                    self.broker_works();
                }
            }
            Err(error) => self.on_claim_failed(&partitions, generation, &error),
        }
    }

    fn still_claimed(&self, partitions: &[TopicPartition], generation: Generation) -> Vec<TopicPartition> {
        let claimed = |partition: &&TopicPartition| {
            let entry = self.partitions.get(partition);
            entry.is_some_and(|entry| entry.stage == Stage::Claiming && entry.generation == generation)
        };
        partitions.iter().filter(claimed).cloned().collect()
    }

    fn on_claim_failed(&mut self, partitions: &[TopicPartition], generation: Generation, error: &ClaimError) {
        match error {
            ClaimError::Store(failure) => self.database_fails(Caller::Claims, failure),
            ClaimError::Source(_) | ClaimError::Unlisted(_) => self.broker_fails(error),
        }
        intake::claim_failed(error);
        let claimed = self.still_claimed(partitions, generation);
        let mut backoff = claimed
            .first()
            .and_then(|partition| self.partitions.get(partition))
            .map(|entry| entry.backoff)
            .unwrap_or_default();
        // one distance for all, so that they are claimed together again
        let again_at = Instant::now() + backoff.next(error.kind(), &mut self.random);
        for partition in &claimed {
            if let Some(entry) = self.partitions.get_mut(partition) {
                entry.stage = Stage::Wanted(again_at);
                entry.backoff = backoff;
            }
        }
    }

    /// Takes what a claim found. Gives where to read, if the partition is to be read now.
    fn on_found(&mut self, found: &Found, generation: Generation) -> Option<Start> {
        let partition = &found.partition;
        let entry = self.partitions.get_mut(partition)?;
        if entry.stage != Stage::Claiming || entry.generation != generation {
            return None;
        }
        if entry.release_by.is_some() {
            // only the claim that was under way kept it from being released
            entry.stage = Stage::Wanted(Instant::now());
            return None;
        }
        let Claimed {
            epoch,
            next_offset,
            last_record,
            ..
        } = found.claimed;
        entry.epoch = epoch;
        entry.next_offset = next_offset;
        entry.unstored.clear();
        entry.in_doubt = false;
        entry.floods = Floods::of(&found.claimed, self.settings.flood_breaker);
        let claim = Claim {
            epoch,
            lane: entry.lane,
            next_offset,
            last_record_timestamp: last_record.and_then(|last| last.timestamp),
        };
        self.board.claimed(partition, claim);
        self.board.oldest_unstored(partition, None);
        let next_offset = self.judge(found)?;
        self.on_start(partition);
        intake::reading_from(partition, next_offset);
        Some(Start {
            partition: partition.clone(),
            next_offset,
            generation,
        })
    }

    /// The source is about to read the partition, which undoes a pause there.
    fn on_start(&mut self, partition: &TopicPartition) {
        if let Some(entry) = self.partitions.get_mut(partition) {
            entry.stage = Stage::Reading;
            entry.started = true;
            entry.backoff = Backoff::default();
            entry.paused = false;
        }
        self.board.paused(partition, "memory", false);
        self.board.paused(partition, "halted", false);
        self.board.resumed(partition);
    }
}
