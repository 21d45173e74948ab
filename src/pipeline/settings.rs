//! How a worker works, and how its work can end.

use super::lanes::BatchLimits;
use crate::event::Limits;
use std::sync::Arc;
use std::time::Duration;

/// What to do when the log no longer holds a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnGap {
    /// The partition stands still until a person has decided.
    Halt,
    /// Go on with the oldest record that is there.
    Skip,
}

/// How the worker works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The topics it reads.
    pub topics: Vec<Arc<str>>,
    /// Connections that write side by side.
    pub lanes: usize,
    /// When a batch is full.
    pub batch: BatchLimits,
    /// What an event may be.
    pub limits: Limits,
    /// What to do when the log no longer holds a position.
    pub on_gap: OnGap,
    /// Whether a flood of records that are faulty in themselves halts its partition.
    pub flood_breaker: bool,
    /// How long stopping may take.
    pub shutdown_deadline: Duration,
}

/// Why the worker ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It was asked to, and all that it had taken in is stored.
    Stopped,
    /// It was asked to, and the deadline passed; what is not stored will be read again.
    DeadlinePassed,
    /// The Kafka client, or this program, cannot go on; the text is a sentence of its own.
    Fatal(String),
}
