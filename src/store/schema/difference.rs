//! One way in which a table is not what it has to be, in words for the person who has to mend it.

use std::fmt;

use serde::Serialize;

/// The part that is the table itself.
pub(super) const THE_TABLE: &str = "the table";
/// What is found where nothing is.
pub(super) const NOTHING: &str = "nothing";

/// What a difference means for the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Rows could be refused, lost or wrong: the tables are not adopted.
    Refusal,
    /// Everything is right, but slower than it has to be.
    Warning,
}

/// A part of a table, what was expected there and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The table with its schema.
    pub table: String,
    /// The part of it, for example `column source`.
    pub part: String,
    /// What the part has to be.
    pub expected: String,
    /// What it is.
    pub found: String,
    /// Whether it stands in the way.
    pub weight: Weight,
}

impl Difference {
    pub(super) fn refusal(
        table: &str,
        part: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            table: format!("public.{table}"),
            part: part.into(),
            expected: expected.into(),
            found: found.into(),
            weight: Weight::Refusal,
        }
    }

    pub(super) fn warning(
        table: &str,
        part: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            weight: Weight::Warning,
            ..Self::refusal(table, part, expected, found)
        }
    }

    /// Whether there is no such table at all.
    #[must_use]
    pub fn is_missing_table(&self) -> bool {
        self.part == THE_TABLE && self.found == NOTHING
    }

    /// Whether the tables must not be used as they are.
    #[must_use]
    pub fn refuses(&self) -> bool {
        self.weight == Weight::Refusal
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            table,
            part,
            expected,
            found,
            ..
        } = self;
        if self.is_missing_table() {
            return write!(f, "{table} is not there");
        }
        write!(f, "{table}, {part}: expected {expected}, found {found}")
    }
}
