//! Partitions that cannot go on from where they are stored: whether they stand still or skip, and until when.

use super::backoff::Backoff;
use super::claim::Found;
use super::errand::Errand;
use super::fenced::FENCED_FOR;
use super::partitions::Stage;
use super::settings::OnGap;
use super::source::{Source, Unreadable};
use super::store::{Claimed, Failure, Store};
use super::worker::Worker;
use crate::position::{Epoch, TopicPartition};
use crate::telemetry::intake;
use crate::telemetry::label::HALT_CAUSES;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use tokio::time::Instant;

/// How moving a position over a gap ended.
#[derive(Debug)]
pub(super) struct Skipped {
    partition: TopicPartition,
    epoch: Epoch,
    gap: i64,
    low_offset: i64,
    moved: Result<bool, Failure>,
}

impl<Log: Source, Database: Store> Worker<Log, Database> {
    /// Where to go on; none if the partition has to stand still.
    pub(super) fn judge(&mut self, found: &Found) -> Option<i64> {
        let (partition, next_offset, marks) = (&found.partition, found.claimed.next_offset, found.watermarks);
        let gap = marks.low_offset.saturating_sub(next_offset);
        if gap > 0 {
            self.board.gap(partition, gap);
        }
        if let Some(why) = &found.claimed.halted {
            let (cause, detail) = why.split_once(": ").unwrap_or((why, ""));
            self.stand_still(partition, cause_of(cause), detail, true);
            return None;
        }
        let epoch = found.claimed.epoch;
        if let Some(why) = &found.anew {
            self.halt(partition, epoch, "mismatch", why.clone());
            return None;
        }
        if let Some(Unreadable(why)) = &found.unreadable {
            self.halt(
                partition,
                epoch,
                "unreadable",
                format!("from offset {next_offset} on, {why}"),
            );
            return None;
        }
        if gap <= 0 {
            return Some(next_offset);
        }
        match self.settings.on_gap {
            OnGap::Skip => self.skip(found, gap),
            OnGap::Halt => {
                let detail = format!(
                    "the log begins at {} and no longer holds the {gap} records from {next_offset} on",
                    marks.low_offset
                );
                self.halt(partition, epoch, "gap", detail);
            }
        }
        None
    }

    /// Lets the partition stand still, and stores why. Without that, whoever claims it next would judge anew.
    fn halt(&mut self, partition: &TopicPartition, epoch: Epoch, cause: &'static str, detail: String) {
        self.stand_still(partition, cause, &detail, false);
        let (store, partition) = (self.store.clone(), partition.clone());
        let mut random: StdRng = self.random.fork();
        self.errands.spawn(async move {
            let mut backoff = Backoff::default();
            let why = format!("{cause}: {detail}");
            let ours = loop {
                match store.halt(partition.clone(), epoch, why.clone()).await {
                    Ok(ours) => break ours,
                    Err(failure) => {
                        intake::decision_not_stored(&partition, &failure);
                        tokio::time::sleep(backoff.next(failure.kind, &mut random)).await;
                    }
                }
            };
            Errand::Noted { partition, epoch, ours }
        });
    }

    /// Halts partitions whose breaker has tripped, once everything up to the record that tripped it is stored: the
    /// position of one that is halted cannot be moved.
    pub(super) fn halt_flooded(&mut self) {
        let lanes = &self.lanes;
        let flooded = self.partitions.matching(|partition, entry| {
            let held = || lanes.get(entry.lane).is_some_and(|lane| lane.holds(partition));
            entry.stage == Stage::Flooded && entry.release_by.is_none() && !held()
        });
        for partition in flooded {
            if let Some(entry) = self.partitions.get_mut(&partition) {
                let (epoch, flood) = (entry.epoch, std::mem::take(&mut entry.flood));
                self.halt(&partition, epoch, "flood", flood);
            }
        }
    }

    fn stand_still(&mut self, partition: &TopicPartition, cause: &'static str, detail: &str, noted: bool) {
        if let Some(entry) = self.partitions.get_mut(partition) {
            entry.stage = Stage::Halted { noted };
            if entry.started {
                // else everything that the log still has would come, for nothing
                self.source.pause(vec![partition.clone()]);
            }
        }
        self.board.halted(partition, cause, detail.to_owned());
        self.board.paused(partition, "halted", true);
        intake::partition_halted(partition, cause, detail);
    }

    pub(super) fn on_noted(&mut self, partition: &TopicPartition, epoch: Epoch, ours: bool) {
        if let Some(entry) = self.partitions.held(partition, epoch)
            && matches!(entry.stage, Stage::Halted { .. })
        {
            entry.stage = if ours {
                Stage::Halted { noted: true }
            } else {
                Stage::Wanted(Instant::now() + FENCED_FOR)
            };
        }
    }

    /// Lets partitions go on that stood still when `stored` was asked for, and that the store says may go on.
    pub(super) fn resume_halted(&mut self, halted: &[TopicPartition], stored: &BTreeMap<TopicPartition, Claimed>) {
        for partition in halted {
            let (Some(entry), Some(position)) = (self.partitions.get_mut(partition), stored.get(partition)) else {
                continue;
            };
            if entry.stage == (Stage::Halted { noted: true }) && position.halted.is_none() {
                entry.stage = Stage::Wanted(Instant::now());
                intake::partition_resumed(partition, position.next_offset);
            }
        }
    }

    /// Moves the position to the oldest record there is; then the partition is claimed again.
    fn skip(&mut self, found: &Found, gap: i64) {
        let (store, low_offset) = (self.store.clone(), found.watermarks.low_offset);
        let (partition, epoch) = (found.partition.clone(), found.claimed.epoch);
        if let Some(entry) = self.partitions.get_mut(&partition) {
            entry.stage = Stage::Skipping;
        }
        self.errands.spawn(async move {
            let moved = store.skip(partition.clone(), epoch, low_offset).await;
            Errand::Skipped(Skipped {
                partition,
                epoch,
                gap,
                low_offset,
                moved,
            })
        });
    }

    pub(super) fn on_skipped(&mut self, skipped: &Skipped) {
        let Skipped { partition, epoch, .. } = skipped;
        if let Ok(true) = &skipped.moved {
            intake::gap_skipped(partition, skipped.gap, skipped.low_offset);
        }
        let Some(entry) = self.partitions.held(partition, *epoch) else {
            return;
        };
        if entry.stage != Stage::Skipping {
            return;
        }
        let now = Instant::now();
        entry.stage = Stage::Wanted(match &skipped.moved {
            Ok(true) => now,
            Ok(false) => now + FENCED_FOR,
            Err(failure) => {
                intake::decision_not_stored(partition, failure);
                now + entry.backoff.next(failure.kind, &mut self.random)
            }
        });
    }
}

fn cause_of(text: &str) -> &'static str {
    HALT_CAUSES
        .into_iter()
        .find(|cause| *cause == text)
        .unwrap_or("mismatch")
}
