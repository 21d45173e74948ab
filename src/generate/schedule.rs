//! What is going to happen: a queue by time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::message::Message;
use super::session::Session;

/// More than this is not planned ahead, or events sent at a great rate would pile up sessions without end.
const MOST: usize = 100_000;

/// Something that is going to happen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Plan {
    /// The session's track ends.
    TrackEnds(Session),
    /// The session's user likes what has just been played.
    Like(Session),
    /// A message is sent once more.
    Repeat(Message),
}

/// Plans, the earliest first; of the same instant, the one that was made first.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    plans: BinaryHeap<Reverse<Entry>>,
    made: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    due_at: i64,
    number: u64,
    plan: Plan,
}

impl Schedule {
    pub(super) fn add(&mut self, due_at: i64, plan: Plan) {
        let number = self.made;
        self.made += 1;
        self.plans.push(Reverse(Entry { due_at, number, plan }));
    }

    /// The earliest plan and when it happened, if it is due at `now`. One that is not due happens now when there
    /// is no room for more.
    pub(super) fn take_due(&mut self, now: i64) -> Option<(i64, Plan)> {
        let next = self.plans.peek()?;
        if next.0.due_at > now && self.plans.len() < MOST {
            return None;
        }
        let Reverse(entry) = self.plans.pop()?;
        Some((entry.due_at.min(now), entry.plan))
    }
}

impl Entry {
    fn key(&self) -> (i64, u64) {
        (self.due_at, self.number)
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Entry {}
