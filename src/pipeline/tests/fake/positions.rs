//! The part of the database in memory that knows positions and epochs.

use super::database::{FakeStore, Held};
use super::lane::FakeLane;
use crate::pipeline::{Claimed, Failure, Store};
use crate::position::{Epoch, TopicPartition};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Store for FakeStore {
    type Lane = FakeLane;

    fn lane(&self) -> FakeLane {
        let mut tables = self.lock();
        tables.lanes += 1;
        FakeLane::new(self.clone(), tables.lanes - 1)
    }

    async fn claim(&self, partitions: Vec<TopicPartition>) -> Result<BTreeMap<TopicPartition, Claimed>, Failure> {
        self.passes(Held::Claims).await;
        self.call(|tables| {
            let mut claimed = BTreeMap::new();
            for partition in partitions {
                if let Some(position) = tables.positions.get_mut(&partition) {
                    position.epoch.0 += 1;
                    tables.claims.push(partition.clone());
                    claimed.insert(partition, position.clone());
                }
            }
            claimed
        })
        .await
    }

    async fn enter(&self, next_offsets: BTreeMap<TopicPartition, i64>) -> Result<(), Failure> {
        self.call(|tables| {
            for (partition, next_offset) in next_offsets {
                let fresh = Claimed::new(Epoch(0), next_offset);
                tables.positions.entry(partition).or_insert(fresh);
            }
        })
        .await
    }

    async fn positions(&self, topics: Vec<Arc<str>>) -> Result<BTreeMap<TopicPartition, Claimed>, Failure> {
        self.call(|tables| {
            let all = tables
                .positions
                .iter()
                .filter(|(partition, _)| topics.contains(&partition.topic));
            all.map(|(partition, position)| (partition.clone(), position.clone()))
                .collect()
        })
        .await
    }

    async fn halt(&self, partition: TopicPartition, epoch: Epoch, why: String) -> Result<bool, Failure> {
        self.call(|tables| {
            let position = tables.of_epoch(&partition, epoch);
            position
                .map(|position| _ = position.halted.get_or_insert(why))
                .is_some()
        })
        .await
    }

    async fn skip(&self, partition: TopicPartition, epoch: Epoch, next_offset: i64) -> Result<bool, Failure> {
        self.call(|tables| {
            let position = tables.of_epoch(&partition, epoch);
            let behind = position.filter(|position| position.next_offset < next_offset);
            behind.map(|position| position.next_offset = next_offset).is_some()
        })
        .await
    }
}
