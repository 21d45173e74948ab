//! A batch that still grows.

use super::pairs::PairFold;
use super::plays::{PlayFold, PlayRow};
use super::sealed::{Content, Entry, SealedBatch};
use crate::event::{Decoded, Event, Kind};
use crate::position::{Epoch, Span, TopicPartition};
use crate::record::{Header, Record};

/// The least that the allocator takes, and enough for the `source` of almost every play.
const SMALLEST_ALLOCATION: usize = 32;

/// Bytes that an entry takes beside those of its record: itself, and a row of its own with one text.
const ENTRY_OVERHEAD: usize = size_of::<Entry>() + size_of::<PlayRow>() + SMALLEST_ALLOCATION;

/// Bytes that a header takes beside those of its name and value.
const HEADER_OVERHEAD: usize = size_of::<Header>() + SMALLEST_ALLOCATION;

/// A batch that still grows. Each partition in it belongs to one epoch.
#[derive(Debug, Default)]
pub struct OpenBatch {
    spans: Vec<Span>,
    entries: Vec<Entry>,
    plays: PlayFold,
    pairs: PairFold,
    bytes: usize,
}

/// The span of one partition in an open batch.
#[derive(Clone, Copy, Debug)]
pub struct Slot(u32);

impl OpenBatch {
    /// The span of `partition`; where the batch has none yet, one that continues at `next_offset`.
    pub fn span(&mut self, partition: &TopicPartition, epoch: Epoch, next_offset: i64) -> Slot {
        let found = self.spans.iter().position(|span| span.partition == *partition);
        let index = found.unwrap_or_else(|| {
            self.spans.push(Span {
                partition: partition.clone(),
                epoch,
                start_offset: next_offset,
                next_offset,
                last_record: None,
            });
            self.spans.len() - 1
        });
        Slot(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// Takes in one record of the span, with what it decoded to.
    pub fn push(&mut self, slot: Slot, record: Record, decoded: Decoded) {
        if let Some(span) = self.spans.get_mut(slot.0 as usize) {
            span.next_offset = span.next_offset.max(record.offset.saturating_add(1));
            span.last_record = Some((record.offset, record.timestamp));
        }
        self.bytes += record.size() + record.headers.len() * HEADER_OVERHEAD + ENTRY_OVERHEAD;
        let number = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let (kind, content) = match decoded {
            Decoded::Event(Event::Play(play)) => (Kind::Play, Content::Play(self.plays.fold(play, number))),
            Decoded::Event(Event::Like(like)) => (Kind::Like, Content::Pair(self.pairs.like(like, number))),
            Decoded::Event(Event::Unlike(unlike)) => (Kind::Unlike, Content::Pair(self.pairs.unlike(&unlike, number))),
            Decoded::Rejection(rejection) => (rejection.kind, Content::Rejected(Box::new(rejection))),
            Decoded::Tombstone => (Kind::Unknown, Content::Tombstone),
        };
        self.entries.push(Entry {
            span: slot.0,
            record,
            kind,
            content,
        });
    }

    /// Moves the position of the span over offsets that hold no records.
    pub fn advance(&mut self, slot: Slot, next_offset: i64) {
        if let Some(span) = self.spans.get_mut(slot.0 as usize) {
            span.next_offset = span.next_offset.max(next_offset);
        }
    }

    /// Whether the partition is in the batch.
    #[must_use]
    pub fn holds(&self, partition: &TopicPartition) -> bool {
        self.spans.iter().any(|span| span.partition == *partition)
    }

    /// The partitions that are in the batch.
    pub fn partitions(&self) -> impl Iterator<Item = &TopicPartition> {
        self.spans.iter().map(|span| &span.partition)
    }

    /// Whether there is nothing to store, not even a position.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Number of records.
    #[must_use]
    pub fn records(&self) -> usize {
        self.entries.len()
    }

    /// Bytes of memory that the batch takes, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Closes the batch; none if there is nothing to store. What only folding needs is gone then, and so is the room to
    /// grow, which may be as much as the batch itself: a closed batch may wait for long.
    #[must_use]
    pub fn seal(mut self) -> Option<SealedBatch> {
        if self.is_empty() {
            return None;
        }
        self.entries.shrink_to_fit();
        let plays = self.plays.into_sorted();
        let pairs = self.pairs.into_sorted();
        Some(SealedBatch::new(self.spans, self.entries, plays, pairs, self.bytes))
    }
}
