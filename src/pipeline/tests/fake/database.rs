//! Positions and epochs in memory, with the rules of the SQL, and faults on demand.

use crate::pipeline::{Claimed, Failure, FailureKind};
use crate::position::{Epoch, Span, TopicPartition};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// What becomes of one attempt to write.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Fate {
    /// It commits.
    Commits,
    /// It fails before the commit.
    Fails(FailureKind),
    /// It commits, and nobody learns of it.
    LosesAnswer,
    /// The code that writes panics.
    Panics,
}

/// A committed transaction.
#[derive(Clone, Debug)]
pub(in super::super) struct Commit {
    pub(in super::super) lane: usize,
    pub(in super::super) spans: Vec<Span>,
    pub(in super::super) offsets: Vec<(TopicPartition, i64)>,
}

/// What a call takes and what becomes of it, for tests that leave it to chance.
pub(in super::super) type Chance = Box<dyn FnMut() -> (Duration, Fate) + Send>;

/// What the database holds, and what the test has in store for it.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) positions: BTreeMap<TopicPartition, Claimed>,
    pub(super) commits: Vec<Commit>,
    pub(super) lanes: usize,
    pub(super) fates: VecDeque<Fate>,
    pub(super) chance: Option<Chance>,
    broken: Option<FailureKind>,
    pub(super) broken_lane: Option<(usize, FailureKind)>,
    pub(super) claims: Vec<TopicPartition>,
    pub(super) attempts: Vec<Instant>,
    pub(super) refused: BTreeSet<i64>,
    pub(super) contended_above: Option<usize>,
}

/// The database. Cloning gives the same one.
#[derive(Clone)]
pub(in super::super) struct FakeStore {
    tables: Arc<Mutex<Tables>>,
    held: watch::Sender<BTreeSet<Held>>,
}

/// Something that waits until the test lets it go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Held {
    Lane(usize),
    Claims,
}

impl FakeStore {
    pub(in super::super) fn new() -> Self {
        Self {
            tables: Arc::default(),
            held: watch::channel(BTreeSet::new()).0,
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap()
    }

    pub(in super::super) fn hold(&self, held: Held) {
        self.held.send_modify(|all| _ = all.insert(held));
    }

    /// Lets everything go on that waits.
    pub(in super::super) fn let_all_go(&self) {
        self.held.send_modify(BTreeSet::clear);
    }

    pub(in super::super) fn let_go(&self, held: Held) {
        self.held.send_modify(|all| _ = all.remove(&held));
    }

    pub(super) async fn passes(&self, one: Held) {
        self.held
            .subscribe()
            .wait_for(|held| !held.contains(&one))
            .await
            .unwrap();
    }

    /// The fates of the next attempts to write; after them all go well.
    pub(in super::super) fn fates(&self, fates: impl IntoIterator<Item = Fate>) {
        self.lock().fates.extend(fates);
    }

    pub(in super::super) fn leave_to(&self, chance: Option<Chance>) {
        self.lock().chance = chance;
    }

    /// The database refuses the records with these offsets, and takes the others.
    pub(in super::super) fn refuse(&self, offsets: impl IntoIterator<Item = i64>) {
        self.lock().refused.extend(offsets);
    }

    /// Something is in the way of every batch with more records than this, or of none any more.
    pub(in super::super) fn contend_above(&self, records: Option<usize>) {
        self.lock().contended_above = records;
    }

    /// Every call fails from now on, or none does any more.
    pub(in super::super) fn set_broken(&self, broken: Option<FailureKind>) {
        self.lock().broken = broken;
    }

    /// Every write of a lane fails from now on, or none does any more.
    pub(in super::super) fn set_broken_lane(&self, broken: Option<(usize, FailureKind)>) {
        self.lock().broken_lane = broken;
    }

    /// The position of a partition, which has to be there.
    pub(in super::super) fn position(&self, partition: &TopicPartition) -> Claimed {
        let tables = self.lock();
        tables
            .positions
            .get(partition)
            .unwrap_or_else(|| panic!("{partition} has no position"))
            .clone()
    }

    pub(in super::super) fn known(&self) -> Vec<TopicPartition> {
        self.lock().positions.keys().cloned().collect()
    }

    /// Enters or changes a position, as another worker or a person would.
    pub(in super::super) fn set(&self, partition: &TopicPartition, change: impl FnOnce(&mut Claimed)) {
        let mut tables = self.lock();
        let fresh = || Claimed::new(Epoch(0), 0);
        change(tables.positions.entry(partition.clone()).or_insert_with(fresh));
    }

    pub(in super::super) fn commits(&self) -> Vec<Commit> {
        self.lock().commits.clone()
    }

    /// The offsets of all stored records of a partition, in the order in which they were stored.
    pub(in super::super) fn stored(&self, partition: &TopicPartition) -> Vec<i64> {
        let tables = self.lock();
        let all = tables.commits.iter().flat_map(|commit| &commit.offsets);
        all.filter(|(of, _)| of == partition)
            .map(|(_, offset)| *offset)
            .collect()
    }

    /// How often a partition was claimed.
    pub(in super::super) fn claims_of(&self, partition: &TopicPartition) -> usize {
        self.lock()
            .claims
            .iter()
            .filter(|claimed| *claimed == partition)
            .count()
    }

    /// When it was tried to write something.
    pub(in super::super) fn attempts(&self) -> Vec<Instant> {
        self.lock().attempts.clone()
    }

    /// A short call: waits and fails as it must, then does its work.
    pub(super) async fn call<T>(&self, work: impl FnOnce(&mut Tables) -> T) -> Result<T, Failure> {
        let (latency, fate) = self
            .lock()
            .chance
            .as_mut()
            .map_or((Duration::ZERO, Fate::Commits), |chance| chance());
        sleep(latency).await;
        let mut tables = self.lock();
        tables.check()?;
        match fate {
            Fate::Fails(kind) => Err(failure(kind)),
            Fate::LosesAnswer => {
                work(&mut tables);
                Err(failure(FailureKind::Connection))
            }
            Fate::Commits | Fate::Panics => Ok(work(&mut tables)),
        }
    }
}

pub(super) fn failure(kind: FailureKind) -> Failure {
    let message = format!("the database fails: {kind:?}");
    Failure { kind, message }
}

impl Tables {
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.broken.map_or(Ok(()), |kind| Err(failure(kind)))
    }

    pub(super) fn of_epoch(&mut self, partition: &TopicPartition, epoch: Epoch) -> Option<&mut Claimed> {
        self.positions
            .get_mut(partition)
            .filter(|position| position.epoch == epoch)
    }
}
