//! How old the oldest record is that a partition has in memory.

use std::collections::VecDeque;

/// Where in one partition each batch that is not stored begins: offset and Kafka timestamp of its first record.
/// A batch is stored as a whole, so that the first record of the oldest one is the oldest that is not stored.
#[derive(Clone, Debug, Default)]
pub(super) struct Unstored {
    firsts: VecDeque<(i64, Option<i64>)>,
}

impl Unstored {
    /// A record was taken in that may be the first of its batch.
    pub(super) fn begin(&mut self, offset: i64, timestamp: Option<i64>) {
        self.firsts.push_back((offset, timestamp));
    }

    /// Everything before `next_offset` is stored.
    pub(super) fn stored(&mut self, next_offset: i64) {
        while self.firsts.front().is_some_and(|(offset, _)| *offset < next_offset) {
            self.firsts.pop_front();
        }
    }

    /// What is in memory was dropped.
    pub(super) fn clear(&mut self) {
        self.firsts.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.firsts.is_empty()
    }

    /// Kafka timestamp of the oldest record in memory; none if there is none, or it carries none.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.firsts.front().and_then(|(_, timestamp)| *timestamp)
    }
}
