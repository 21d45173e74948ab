//! A store that keeps positions in memory and forgets the rows: what is left is the path without PostgreSQL.

use audiohm_ingest::batch::{SealedBatch, Tally};
use audiohm_ingest::pipeline::{Claimed, Failure, Lane, Receipt, Store};
use audiohm_ingest::position::{Epoch, TopicPartition};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

#[derive(Clone, Default)]
pub(crate) struct NullStore {
    positions: Arc<Mutex<BTreeMap<TopicPartition, Claimed>>>,
    taken: Arc<Mutex<Taken>>,
}

/// What the lanes took.
#[derive(Clone, Copy, Default)]
pub(crate) struct Taken {
    pub(crate) records: usize,
    pub(crate) last: Option<Instant>,
}

impl NullStore {
    pub(crate) fn taken(&self) -> Taken {
        *self.taken.lock().unwrap()
    }

    /// Whether a partition has been claimed.
    pub(crate) fn has_positions(&self) -> bool {
        !self.positions.lock().unwrap().is_empty()
    }

    fn of(&self, wanted: impl Fn(&TopicPartition) -> bool) -> BTreeMap<TopicPartition, Claimed> {
        let positions = self.positions.lock().unwrap();
        let found = positions.iter().filter(|(partition, _)| wanted(partition));
        found
            .map(|(partition, claimed)| (partition.clone(), claimed.clone()))
            .collect()
    }
}

impl Store for NullStore {
    type Lane = NullLane;

    fn lane(&self) -> NullLane {
        NullLane(self.clone())
    }

    async fn claim(&self, partitions: Vec<TopicPartition>) -> Result<BTreeMap<TopicPartition, Claimed>, Failure> {
        Ok(self.of(|partition| partitions.contains(partition)))
    }

    async fn enter(&self, next_offsets: BTreeMap<TopicPartition, i64>) -> Result<(), Failure> {
        let claimed = |next_offset| Claimed::new(Epoch(1), next_offset);
        let entered = next_offsets
            .into_iter()
            .map(|(partition, next_offset)| (partition, claimed(next_offset)));
        self.positions.lock().unwrap().extend(entered);
        Ok(())
    }

    async fn positions(&self, topics: Vec<Arc<str>>) -> Result<BTreeMap<TopicPartition, Claimed>, Failure> {
        Ok(self.of(|partition| topics.contains(&partition.topic)))
    }

    async fn halt(&self, _: TopicPartition, _: Epoch, _: String) -> Result<bool, Failure> {
        Ok(true)
    }

    async fn skip(&self, _: TopicPartition, _: Epoch, _: i64) -> Result<bool, Failure> {
        Ok(true)
    }
}

pub(crate) struct NullLane(NullStore);

impl Lane for NullLane {
    async fn write(&mut self, batch: &SealedBatch) -> Result<Receipt, Failure> {
        let mut positions = self.0.positions.lock().unwrap();
        for span in batch.spans() {
            if let Some(claimed) = positions.get_mut(&span.partition) {
                claimed.next_offset = span.next_offset;
            }
        }
        let mut taken = self.0.taken.lock().unwrap();
        taken.records += batch.entries().len();
        taken.last = Some(Instant::now());
        Ok(Receipt {
            tallies: vec![Tally::default(); batch.spans().len()],
            ..Receipt::default()
        })
    }
}
