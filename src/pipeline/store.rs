//! What the pipeline needs of a database. `store/` provides it; tests script it.

use crate::batch::{SealedBatch, Tally};
use crate::event::Reason;
use crate::position::{Epoch, TopicPartition};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

/// What a claim gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The right to store the partition's position.
    pub epoch: Epoch,
    /// Where to go on.
    pub next_offset: i64,
    /// Why the partition stands still, if it does.
    pub halted: Option<String>,
    /// The last stored record, by which a log that was made anew is known.
    pub last_record: Option<LastRecord>,
    /// The first offset that counts for the flood breaker; none if all count.
    pub breaker_from: Option<i64>,
    /// Offsets of the records among the last [`BREAKER_WINDOW`](super::BREAKER_WINDOW) that are faulty in themselves, sorted; told by a claim.
    pub faulty: Vec<i64>,
}

impl Claimed {
    /// A position of which nothing else is known.
    #[must_use]
    pub const fn new(epoch: Epoch, next_offset: i64) -> Self {
        Self {
            epoch,
            next_offset,
            halted: None,
            last_record: None,
            breaker_from: None,
            faulty: Vec::new(),
        }
    }
}

/// A record that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastRecord {
    /// Its offset.
    pub offset: i64,
    /// Its Kafka timestamp in milliseconds since 1970, if it carried one.
    pub timestamp: Option<i64>,
}

/// What a committed transaction did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Outcomes by kind of each span, along with the batch's spans.
    pub tallies: Vec<Tally>,
    /// Dead letters by topic and reason.
    pub letters: BTreeMap<(Arc<str>, Reason), u64>,
    /// Indexes of the batch's entries that are faulty in themselves, sorted: they became letters that wait for nobody.
    pub faulty: Vec<usize>,
}

/// Why something was not stored.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What follows from it.
    pub kind: FailureKind,
    /// For a person.
    pub message: String,
}

/// What follows from a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// Another worker has taken over a partition: the batch must be given up.
    Fenced,
    /// Another transaction was in the way; the same again, soon.
    Contention,
    /// The connection is of no use any more; the same again on a new one.
    Connection,
    /// The database takes no writes (a failover); the same again on a new connection.
    ReadOnly,
    /// The database cannot serve at present; the same again, with growing distances and without end.
    Outage,
    /// The program, the schema or the rights are wrong; no record is at fault, and a person has to act.
    Defect,
}

impl FailureKind {
    /// The label of a retry in the metrics. What a person has to end is waited for like an outage.
    #[must_use]
    pub const fn cause(self) -> &'static str {
        match self {
            Self::Contention => "contention",
            Self::Connection => "connection",
            Self::ReadOnly => "read_only",
            Self::Outage | Self::Defect | Self::Fenced => "outage",
        }
    }
}

/// Positions and epochs. Each call may fail while the database is away; asking again later may help.
pub trait Store: Clone + Send + Sync + 'static {
    /// A connection that writes.
    type Lane: Lane;

    /// A new lane; it connects when it has to.
    fn lane(&self) -> Self::Lane;

    /// Takes the right to each of the partitions that the group has ever read; the others are missing in the answer.
    fn claim(
        &self,
        partitions: Vec<TopicPartition>,
    ) -> impl Future<Output = Result<BTreeMap<TopicPartition, Claimed>, Failure>> + Send;

    /// Enters partitions that the group has never read, unless somebody else just did.
    fn enter(&self, next_offsets: BTreeMap<TopicPartition, i64>) -> impl Future<Output = Result<(), Failure>> + Send;

    /// The position of every partition of the topics that the group has ever read, whoever owns it.
    fn positions(
        &self,
        topics: Vec<Arc<str>>,
    ) -> impl Future<Output = Result<BTreeMap<TopicPartition, Claimed>, Failure>> + Send;

    /// Notes why a partition stands still; false if another worker has taken it over.
    fn halt(
        &self,
        partition: TopicPartition,
        epoch: Epoch,
        why: String,
    ) -> impl Future<Output = Result<bool, Failure>> + Send;

    /// Moves the position over records that the log no longer holds; false if another worker has taken it over.
    fn skip(
        &self,
        partition: TopicPartition,
        epoch: Epoch,
        next_offset: i64,
    ) -> impl Future<Output = Result<bool, Failure>> + Send;
}

/// One writer of batches.
pub trait Lane: Send + 'static {
    /// Stores the batch: rows, dead letters and positions, all or nothing. `Ok` means that it is committed. After
    /// an error the same batch may be written again: one whose commit went through unnoticed is recognised.
    fn write(&mut self, batch: &SealedBatch) -> impl Future<Output = Result<Receipt, Failure>> + Send;
}
