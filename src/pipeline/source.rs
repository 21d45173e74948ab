//! What the pipeline needs of a log of records. `kafka/` provides it; tests script it.

use crate::position::{Generation, Start, TopicPartition, Watermarks};
use crate::record::Chunk;
use std::collections::BTreeMap;
use std::future::Future;

/// What a source reports, in the order in which it happened.
#[derive(Debug)]
pub enum SourceEvent {
    /// The group gave these partitions to this worker, in addition to those it has; maybe none at all.
    /// Reading begins only with [`Source::start`].
    Assigned(Vec<TopicPartition>),
    /// The group takes these partitions back. The source waits for [`Source::release`].
    Revoked(Vec<TopicPartition>),
    /// These partitions are gone already: somebody else may own them. Nothing has to be released.
    Lost(Vec<TopicPartition>),
    /// Records of one partition.
    Chunk(Chunk),
    /// Everything before `next_offset` was delivered, and the log went on without records
    /// (transaction markers, aborted records).
    Drained {
        /// The partition.
        partition: TopicPartition,
        /// The reading it belongs to.
        generation: Generation,
        /// The first offset not yet looked at.
        next_offset: i64,
    },
    /// The log does not hold the position of some partition, or holds bytes there that are no records; the client does
    /// not say which. Of the latter kind, nothing more is delivered of any partition until it is started anew.
    PositionsInDoubt,
    /// The broker cannot be reached or does not know a topic; the source goes on trying.
    Unavailable(String),
    /// The client cannot go on at all.
    Fatal(String),
}

/// A question to the log failed; asking again later may help.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct SourceError(pub String);

/// Bytes in the log are no records, in the client's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

/// Timestamps of single records, in milliseconds since 1970, as far as they carry one.
pub type Timestamps = BTreeMap<TopicPartition, Result<Option<i64>, Unreadable>>;

/// The log. Commands return at once and take effect in their order.
pub trait Source: Send {
    /// The next event. With `records_wanted` false neither [`SourceEvent::Chunk`] nor
    /// [`SourceEvent::Drained`] is returned, everything else is. Cancelling loses nothing.
    fn next(&mut self, records_wanted: bool) -> impl Future<Output = SourceEvent> + Send;

    /// Reads these partitions from their start: newly assigned ones, or ones that are read already (a seek).
    /// Undoes [`Source::pause`]. Starts of partitions that are not ours any more are ignored.
    fn start(&mut self, starts: Vec<Start>);

    /// Ends the reading of revoked partitions; the group goes on.
    fn release(&mut self, partitions: Vec<TopicPartition>);

    /// Delivers nothing more of these partitions until they are resumed, and stays in the group.
    fn pause(&mut self, partitions: Vec<TopicPartition>);

    /// Undoes [`Source::pause`].
    fn resume(&mut self, partitions: Vec<TopicPartition>);

    /// Tells the log how far partitions are stored, for lag tools. May fail unnoticed.
    fn hint(&mut self, next_offsets: Vec<(TopicPartition, i64)>);

    /// Something that answers questions about the log, apart from the stream of events.
    fn lookup(&self) -> impl Lookup;

    /// Leaves the group. Ends within the source's own deadline even when the broker is away.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// Questions about the log. Each may take seconds and fail while the broker is away.
pub trait Lookup: Clone + Send + Sync + 'static {
    /// For each partition of `topic` that exists: where a group that never stored anything begins.
    fn initial_offsets(
        &self,
        topic: &str,
    ) -> impl Future<Output = Result<BTreeMap<TopicPartition, i64>, SourceError>> + Send;

    /// All partitions of `topic`; none if the topic does not exist.
    fn partitions(&self, topic: &str) -> impl Future<Output = Result<Vec<TopicPartition>, SourceError>> + Send;

    /// The Kafka timestamp of the record at each of these offsets. What the log holds no record of is missing in the
    /// answer.
    fn timestamps_at(
        &self,
        offsets: BTreeMap<TopicPartition, i64>,
    ) -> impl Future<Output = Result<Timestamps, SourceError>> + Send;

    /// What the log of each partition holds.
    fn watermarks(
        &self,
        partitions: Vec<TopicPartition>,
    ) -> impl Future<Output = Result<BTreeMap<TopicPartition, Watermarks>, SourceError>> + Send;
}
