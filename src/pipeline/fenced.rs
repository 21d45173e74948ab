//! Batches that were given up, and what is read again for them.

use super::errand::Errand;
use super::health::Caller;
use super::lane::{Dropped, Why};
use super::lanes::LaneBuffer;
use super::partitions::Stage;
use super::source::Source;
use super::store::Store;
use super::worker::Worker;
use crate::position::{Epoch, TopicPartition};
use crate::telemetry::write;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long the group has to take a partition away that another worker has claimed, before it is claimed back.
pub(super) const FENCED_FOR: Duration = Duration::from_secs(5);

impl<Log: Source, Database: Store> Worker<Log, Database> {
    /// A batch was given up. All that the lane holds may continue it and has to go, too; then each of these
    /// partitions is read again from where it is stored.
    pub(super) fn on_dropped(&mut self, lane: usize, dropped: &Dropped, elapsed: Duration) {
        let mut again = self.lanes.get_mut(lane).map(LaneBuffer::discard).unwrap_or_default();
        again.extend(dropped.spans.iter().map(|span| span.partition.clone()));
        match dropped.why {
            Why::Fenced => {
                write::batch_fenced(lane, dropped.records as u64, elapsed);
                self.database_works(Caller::Lane(lane));
                self.sort_out(&again);
            }
            Why::Asked => self.restart(&again),
            Why::Contended => {
                if let Some(buffer) = self.lanes.get_mut(lane) {
                    let max_rows = buffer.shrink(dropped.records);
                    write::batches_shrink(lane, max_rows);
                }
                self.restart(&again);
            }
        }
    }

    /// Another worker has claimed some of these partitions. A claim at once would take it from its rightful owner,
    /// so all wait until the group has had time to say who owns them; but those that the store still knows as ours
    /// need not wait.
    fn sort_out(&mut self, partitions: &BTreeSet<TopicPartition>) {
        let again_at = Instant::now() + FENCED_FOR;
        let mut held = Vec::new();
        for partition in partitions {
            if let Some(entry) = self.partitions.get_mut(partition)
                && entry.has_been_read()
            {
                entry.stage = Stage::Wanted(again_at);
                held.push((partition.clone(), entry.epoch));
            }
        }
        let store = self.store.clone();
        let topics: BTreeSet<Arc<str>> = held.iter().map(|(partition, _)| Arc::clone(&partition.topic)).collect();
        self.errands.spawn(async move {
            // without an answer all of them wait
            let stored = store.positions(topics.into_iter().collect()).await.unwrap_or_default();
            held.retain(|(partition, epoch)| stored.get(partition).is_some_and(|stored| stored.epoch == *epoch));
            Errand::Ours(held)
        });
    }

    pub(super) fn on_ours(&mut self, ours: &[(TopicPartition, Epoch)]) {
        for (partition, epoch) in ours {
            if let Some(entry) = self.partitions.held(partition, *epoch)
                && matches!(entry.stage, Stage::Wanted(_))
            {
                entry.stage = Stage::Wanted(Instant::now());
            }
        }
    }
}
