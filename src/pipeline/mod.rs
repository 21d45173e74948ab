//! The path between the log and the database: a state machine against two small traits.
//!
//! Enters: what a [`Source`] reports. Leaves: batches to the lanes of a [`Store`], and positions, once they are
//! committed, back to the source as hints. One [`Worker`] owns all that changes; claims, lanes and look-ups run
//! beside it and answer with events. It stops when asked to, with everything stored or the deadline passed. It
//! never moves a position itself: only the transaction that writes the rows does.

mod anew;
mod backoff;
mod claim;
mod claims;
mod errand;
mod fenced;
mod flood;
mod health;
mod intake;
mod lane;
mod lanes;
mod outcome;
mod ownership;
mod partitions;
mod settings;
mod source;
mod standstill;
mod store;
mod unstored;
mod watchdog;
mod worker;
mod written;

pub use anew::made_anew;
pub use backoff::Backoff;
pub use flood::BREAKER_WINDOW;
pub use lanes::BatchLimits;
pub use outcome::{behind, report};
pub use settings::{End, OnGap, Settings};
pub use source::{Lookup, Source, SourceError, SourceEvent, Timestamps, Unreadable};
pub use store::{Claimed, Failure, FailureKind, Lane, LastRecord, Receipt, Store};
pub use worker::Worker;
pub use written::{Written, write};

#[cfg(test)]
mod tests;
