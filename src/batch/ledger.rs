//! The account: each consumed record has exactly one outcome.

use crate::event::Kind;
use std::ops::AddAssign;

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// A new row.
    Inserted,
    /// A row changed.
    Updated,
    /// An unlike took a row away.
    Removed,
    /// Duplicate, stale, or folded into another record of its batch.
    Unchanged,
    /// Kept as a dead letter, open or waiting for its parents.
    DeadLettered,
    /// A tombstone.
    Skipped,
}

impl Outcome {
    /// All outcomes, in the order of the ledger's columns.
    pub const ALL: [Self; 6] = [
        Self::Inserted,
        Self::Updated,
        Self::Removed,
        Self::Unchanged,
        Self::DeadLettered,
        Self::Skipped,
    ];

    /// The name in the ledger's columns and in the metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inserted => "inserted",
            Self::Updated => "updated",
            Self::Removed => "removed",
            Self::Unchanged => "unchanged",
            Self::DeadLettered => "dead_lettered",
            Self::Skipped => "skipped",
        }
    }
}

/// How many records had which outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// New rows.
    pub inserted: i64,
    /// Changed rows.
    pub updated: i64,
    /// Rows taken away.
    pub removed: i64,
    /// Records that changed nothing.
    pub unchanged: i64,
    /// Records kept as dead letters.
    pub dead_lettered: i64,
    /// Tombstones.
    pub skipped: i64,
}

impl Ledger {
    /// Counts one record.
    pub fn count(&mut self, outcome: Outcome) {
        *self.slot(outcome) += 1;
    }

    /// How many records had this outcome.
    #[must_use]
    pub fn of(mut self, outcome: Outcome) -> i64 {
        *self.slot(outcome)
    }

    /// All records: the sum of the six.
    #[must_use]
    pub const fn consumed(&self) -> i64 {
        self.inserted + self.updated + self.removed + self.unchanged + self.dead_lettered + self.skipped
    }

    const fn slot(&mut self, outcome: Outcome) -> &mut i64 {
        match outcome {
            Outcome::Inserted => &mut self.inserted,
            Outcome::Updated => &mut self.updated,
            Outcome::Removed => &mut self.removed,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::DeadLettered => &mut self.dead_lettered,
            Outcome::Skipped => &mut self.skipped,
        }
    }
}

impl AddAssign for Ledger {
    fn add_assign(&mut self, other: Self) {
        for outcome in Outcome::ALL {
            *self.slot(outcome) += other.of(outcome);
        }
    }
}

/// A ledger for each kind of record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    play: Ledger,
    like: Ledger,
    unlike: Ledger,
    unknown: Ledger,
}

impl Tally {
    /// Counts one record.
    pub fn count(&mut self, kind: Kind, outcome: Outcome) {
        let ledger = match kind {
            Kind::Play => &mut self.play,
            Kind::Like => &mut self.like,
            Kind::Unlike => &mut self.unlike,
            Kind::Unknown => &mut self.unknown,
        };
        ledger.count(outcome);
    }

    /// The ledger of each kind.
    #[must_use]
    pub const fn by_kind(&self) -> [(Kind, Ledger); 4] {
        [
            (Kind::Play, self.play),
            (Kind::Like, self.like),
            (Kind::Unlike, self.unlike),
            (Kind::Unknown, self.unknown),
        ]
    }

    /// The ledger of all records.
    #[must_use]
    pub fn total(&self) -> Ledger {
        let mut total = Ledger::default();
        for (_, ledger) in self.by_kind() {
            total += ledger;
        }
        total
    }
}
