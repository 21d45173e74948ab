//! Where a record stands: topic partitions, offsets and who may write them.
//!
//! Pure values, no I/O. An offset says its side in its name: `next_offset` is the first one not yet
//! taken, `end_offset` the one that the log will give to its next record.

use std::fmt;
use std::sync::Arc;

/// One partition of one topic. Cloning is cheap: the topic's name is shared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// Name of the topic.
    pub topic: Arc<str>,
    /// Number of the partition, from 0.
    pub partition: i32,
}

impl TopicPartition {
    /// A partition of `topic`.
    pub fn new(topic: impl Into<Arc<str>>, partition: i32) -> Self {
        Self {
            topic: topic.into(),
            partition,
        }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}[{}]", self.topic, self.partition)
    }
}

impl fmt::Debug for TopicPartition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The right to write a partition's position. Each claim raises it by one, in PostgreSQL, so that a
/// worker that lost the partition without noticing cannot store anything any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub i64);

/// One uninterrupted reading of a partition inside this process. Each (re)start raises it, so that
/// records which were under way before a seek are told apart from those after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

/// Where reading a partition begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The partition.
    pub partition: TopicPartition,
    /// The first offset wanted.
    pub next_offset: i64,
    /// What the records of this reading are tagged with.
    pub generation: Generation,
}

/// What the log of a partition holds, as offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watermarks {
    /// The oldest record that is still there.
    pub low_offset: i64,
    /// The offset after the last record that may be read.
    pub end_offset: i64,
}

/// Offsets of one partition: from `start_offset` on, up to and without `end_offset`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetRange {
    /// The partition.
    pub partition: TopicPartition,
    /// The first offset of the range.
    pub start_offset: i64,
    /// The first offset behind the range.
    pub end_offset: i64,
}

impl OffsetRange {
    /// How many offsets it has; records may be fewer, since logs have gaps.
    #[must_use]
    pub fn offsets(&self) -> i64 {
        self.end_offset.saturating_sub(self.start_offset).max(0)
    }
}

/// How far one batch takes one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The partition.
    pub partition: TopicPartition,
    /// The right under which the span may be stored.
    pub epoch: Epoch,
    /// The position that the span continues: it is stored only where this is the stored one.
    pub start_offset: i64,
    /// The position once the span is stored.
    pub next_offset: i64,
    /// Offset and Kafka timestamp (milliseconds since 1970) of the last record in the span, if it has one.
    pub last_record: Option<(i64, Option<i64>)>,
}
