//! Places where a test makes the worker fail. In a build without the feature `failpoints` they do nothing.
//!
//! `FAILPOINT=PLACE:COUNT:ACTION` with the action `abort` or `delay=MILLISECONDS` acts when the place is reached for
//! the time that is counted, and never again. A delay stops the thread, as a machine does that stands still. `FAILPOINT_TALLY`
//! names a file that grows by a byte for each record that was taken from the log, so that even a worker that is killed
//! leaves word of what it took.

/// A place on the way of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    AfterPoll,
    BeforeBegin,
    AfterInsert,
    BeforeCommit,
    AfterCommit,
    AfterHint,
    InRevoke,
}

#[cfg(not(feature = "failpoints"))]
pub(crate) const fn reach(_: Place) {}

#[cfg(not(feature = "failpoints"))]
pub(crate) const fn took(_: usize) {}

#[cfg(feature = "failpoints")]
mod active;
#[cfg(feature = "failpoints")]
pub(crate) use active::{reach, took};
