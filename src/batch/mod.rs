//! Folding: many events in, few rows out, with an account of every record.
//!
//! An [`OpenBatch`] takes decoded records and folds those that concern the same play or the same pair of
//! user and track. A [`SealedBatch`] is what one transaction writes: rows in a fixed order, positions, and
//! the records themselves, since any of them may become a dead letter. [`plays`] and [`pairs`] say what has to
//! be written, given what the tables hold, and [`Settled`] gives each record exactly one outcome. Pure: nothing
//! here knows a database or a log.

mod ledger;
mod open;
pub mod pairs;
pub mod plays;
mod sealed;
mod settle;

pub use ledger::{Ledger, Outcome, Tally};
pub use open::{OpenBatch, Slot};
pub use pairs::PairRow;
pub use plays::PlayRow;
pub use sealed::{Content, Entry, SealedBatch};
pub use settle::{Fate, Fates, Letter, Missing, PairFate, Refusal, Settled};

#[cfg(test)]
mod tests;
