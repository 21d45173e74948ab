//! A batch as one transaction writes it.

use super::pairs::PairRow;
use super::plays::PlayRow;
use crate::event::{Kind, Rejection};
use crate::position::{Span, TopicPartition};
use crate::record::Record;

/// A record of the batch, and where its content went.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Index of its span.
    pub(super) span: u32,
    /// The record, kept whole: it may yet become a dead letter.
    pub record: Record,
    /// What it is, as far as that could be told.
    pub kind: Kind,
    /// What it decoded to.
    pub content: Content,
}

/// What a record decoded to.
#[derive(Clone, Debug)]
pub enum Content {
    /// A play, folded into the row with this index.
    Play(u32),
    /// A like or unlike, folded into the pair with this index.
    Pair(u32),
    /// No event.
    Rejected(Box<Rejection>),
    /// A record without a value.
    Tombstone,
}

/// Rows in the order in which they are locked and written, positions, and the records they came from.
/// Holds at least one span.
#[derive(Clone, Debug)]
pub struct SealedBatch {
    spans: Vec<Span>,
    entries: Vec<Entry>,
    plays: Vec<PlayRow>,
    pairs: Vec<PairRow>,
    bytes: usize,
}

impl SealedBatch {
    pub(super) fn new(
        spans: Vec<Span>,
        mut entries: Vec<Entry>,
        plays: Vec<PlayRow>,
        pairs: Vec<PairRow>,
        bytes: usize,
    ) -> Self {
        let play_places = places(plays.iter().map(|row| row.order));
        let pair_places = places(pairs.iter().map(|row| row.order));
        for entry in &mut entries {
            let (row, places) = match &mut entry.content {
                Content::Play(row) => (row, &play_places),
                Content::Pair(row) => (row, &pair_places),
                Content::Rejected(_) | Content::Tombstone => continue,
            };
            *row = places.get(*row as usize).copied().unwrap_or(*row);
        }
        Self {
            spans,
            entries,
            plays,
            pairs,
            bytes,
        }
    }

    /// How far the batch takes each of its partitions.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The partitions that are in the batch.
    pub fn partitions(&self) -> impl Iterator<Item = &TopicPartition> {
        self.spans.iter().map(|span| &span.partition)
    }

    /// Whether the partition is in the batch.
    #[must_use]
    pub fn holds(&self, partition: &TopicPartition) -> bool {
        self.partitions().any(|held| held == partition)
    }

    /// The records, in the order in which they came.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The plays, by user and id.
    #[must_use]
    pub fn plays(&self) -> &[PlayRow] {
        &self.plays
    }

    /// The pairs, by user and track.
    #[must_use]
    pub fn pairs(&self) -> &[PairRow] {
        &self.pairs
    }

    /// Number of rows after folding.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.plays.len() + self.pairs.len()
    }

    /// Bytes of memory that the batch takes, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The span that an entry of this batch belongs to.
    ///
    /// # Panics
    /// Never for an entry of this batch.
    #[must_use]
    #[expect(
        clippy::indexing_slicing,
        reason = "entries are made together with the span they point to"
    )]
    pub fn span(&self, entry: &Entry) -> &Span {
        &self.spans[entry.span as usize]
    }

    /// The partition that an entry of this batch came from.
    #[must_use]
    pub fn partition(&self, entry: &Entry) -> &TopicPartition {
        &self.span(entry).partition
    }
}

/// For rows in sorted order with their original numbers: where the row with each original number went.
fn places(orders: impl ExactSizeIterator<Item = u32>) -> Vec<u32> {
    let mut places = vec![0; orders.len()];
    for (place, order) in (0u32..).zip(orders) {
        if let Some(slot) = places.get_mut(order as usize) {
            *slot = place;
        }
    }
    places
}
