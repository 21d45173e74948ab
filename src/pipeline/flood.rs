//! The breaker for floods of records that are faulty in themselves.
//!
//! Decoding tells of most records at once whether they are, so that the intake can end with the very record that trips
//! the breaker; of the others only the database does. So the records are counted twice, as they are taken in and as they
//! are stored. What was counted lives on in the stored dead letters: whoever claims the partition next counts on from them.

use super::store::Claimed;
use std::collections::VecDeque;

/// So many faulty records in a row are a flood.
const IN_A_ROW: usize = 500;
/// So many records are looked at,
pub const BREAKER_WINDOW: usize = 1000;
/// and more faulty ones than this among them are a flood.
const AMONG_THEM: usize = 500;

/// What is known of the last records of a partition.
#[derive(Clone, Debug, Default)]
pub(super) struct Floods {
    /// The setting is on.
    watches: bool,
    /// The first offset that counts.
    from: i64,
    taken: Window,
    stored: Window,
}

impl Floods {
    /// Counts on from what the store knows of the records before the position.
    pub(super) fn of(claimed: &Claimed, watches: bool) -> Self {
        let from = claimed.breaker_from.unwrap_or(0);
        let mut before = Window::default();
        let looked_at = i64::try_from(BREAKER_WINDOW).unwrap_or(i64::MAX);
        for offset in (claimed.next_offset - looked_at).max(from)..claimed.next_offset {
            before.push(claimed.faulty.binary_search(&offset).is_ok());
        }
        Self {
            watches,
            from,
            taken: before.clone(),
            stored: before,
        }
    }

    /// A record was taken in. Says what the flood is, if it trips the breaker.
    pub(super) fn take(&mut self, offset: i64, is_faulty: bool) -> Option<String> {
        self.count(|floods| &mut floods.taken, offset, is_faulty)
    }

    /// A record was stored, as a row or as a letter. Says what the flood is, if it trips the breaker.
    pub(super) fn store(&mut self, offset: i64, is_faulty: bool) -> Option<String> {
        self.count(|floods| &mut floods.stored, offset, is_faulty)
    }

    fn count(&mut self, window: fn(&mut Self) -> &mut Window, offset: i64, is_faulty: bool) -> Option<String> {
        if !self.watches || offset < self.from {
            return None;
        }
        let window = window(self);
        window.push(is_faulty);
        // only a faulty record trips it: one that was let go on would else be halted by the next sound one
        is_faulty.then(|| window.flood(offset)).flatten()
    }
}

/// The last records, in the order of the log.
#[derive(Clone, Debug, Default)]
struct Window {
    records: VecDeque<bool>,
    faulty: usize,
    in_a_row: usize,
}

impl Window {
    fn push(&mut self, is_faulty: bool) {
        if self.records.len() == BREAKER_WINDOW && self.records.pop_front() == Some(true) {
            self.faulty -= 1;
        }
        self.records.push_back(is_faulty);
        self.faulty += usize::from(is_faulty);
        self.in_a_row = if is_faulty { self.in_a_row + 1 } else { 0 };
    }

    fn flood(&self, offset: i64) -> Option<String> {
        if self.in_a_row >= IN_A_ROW {
            let count = self.in_a_row;
            return Some(format!(
                "{count} records in a row, up to offset {offset}, are faulty in themselves"
            ));
        }
        (self.faulty > AMONG_THEM).then(|| {
            let (count, of) = (self.faulty, self.records.len());
            format!("{count} of the last {of} records, up to offset {offset}, are faulty in themselves")
        })
    }
}
