//! The part of the database in memory that takes batches.

use super::database::{Commit, FakeStore, Fate, Held, Tables, failure};
use crate::batch::{Content, Entry, SealedBatch};
use crate::pipeline::{Failure, FailureKind, Lane, LastRecord, Receipt};
use crate::position::Span;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A connection that writes; like the real one it finds out what became of a commit without an answer.
pub(in super::super) struct FakeLane {
    store: FakeStore,
    number: usize,
    unanswered: Option<Vec<Span>>,
}

impl FakeLane {
    pub(super) fn new(store: FakeStore, number: usize) -> Self {
        Self {
            store,
            number,
            unanswered: None,
        }
    }
}

impl Lane for FakeLane {
    async fn write(&mut self, batch: &SealedBatch) -> Result<Receipt, Failure> {
        self.store.lock().attempts.push(Instant::now());
        let drawn = self.store.lock().chance.as_mut().map(|chance| chance());
        sleep(drawn.map_or(Duration::ZERO, |(latency, _)| latency)).await;
        self.store.passes(Held::Lane(self.number)).await;
        let mut tables = self.store.lock();
        tables.check()?;
        if let Some((_, kind)) = tables.broken_lane.filter(|(lane, _)| *lane == self.number) {
            return Err(failure(kind));
        }
        if tables
            .contended_above
            .is_some_and(|records| batch.entries().len() > records)
        {
            return Err(failure(FailureKind::Contention));
        }
        if self.unanswered.take().is_some_and(|spans| spans == batch.spans()) {
            let landed = |span: &Span| {
                let position = &tables.positions[&span.partition];
                position.epoch == span.epoch && position.next_offset == span.next_offset
            };
            if batch.spans().iter().all(landed) {
                return Ok(Receipt::default());
            }
        }
        match tables
            .fates
            .pop_front()
            .or(drawn.map(|(_, fate)| fate))
            .unwrap_or(Fate::Commits)
        {
            Fate::Commits => tables.commit(self.number, batch),
            Fate::Fails(kind) => Err(failure(kind)),
            Fate::LosesAnswer => {
                tables.commit(self.number, batch)?;
                self.unanswered = Some(batch.spans().to_vec());
                Err(failure(FailureKind::Connection))
            }
            Fate::Panics => {
                drop(tables);
                panic!("a panic that the test asked for")
            }
        }
    }
}

impl Tables {
    /// All spans or none: each continues its stored position, under the epoch of the last claim.
    fn commit(&mut self, lane: usize, batch: &SealedBatch) -> Result<Receipt, Failure> {
        let continues = |span: &Span| {
            let position = self.positions.get(&span.partition);
            position.is_some_and(|position| {
                let ours = position.epoch == span.epoch && position.halted.is_none();
                ours && position.next_offset == span.start_offset
            })
        };
        if !batch.spans().iter().all(continues) {
            return Err(failure(FailureKind::Fenced));
        }
        for span in batch.spans() {
            let position = self.positions.get_mut(&span.partition).unwrap();
            position.next_offset = span.next_offset;
            let last = span
                .last_record
                .map(|(offset, timestamp)| LastRecord { offset, timestamp });
            position.last_record = last.or(position.last_record);
        }
        let refused = |entry: &Entry| {
            self.refused.contains(&entry.record.offset) || matches!(entry.content, Content::Rejected(_))
        };
        let faulty = batch.entries().iter().enumerate();
        let faulty: Vec<usize> = faulty
            .filter(|(_, entry)| refused(entry))
            .map(|(number, _)| number)
            .collect();
        for entry in faulty.iter().map(|number| &batch.entries()[*number]) {
            let position = self.positions.get_mut(batch.partition(entry)).unwrap();
            position.faulty.push(entry.record.offset);
        }
        let offset = |entry| (batch.partition(entry).clone(), entry.record.offset);
        self.commits.push(Commit {
            lane,
            spans: batch.spans().to_vec(),
            offsets: batch.entries().iter().map(offset).collect(),
        });
        Ok(Receipt {
            faulty,
            ..Receipt::default()
        })
    }
}
