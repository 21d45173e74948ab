//! Reading a range of the log again, beside the live group, as a job that can be stopped and gone on with.
//!
//! Enters: ranges of offsets, and the right to a job (its epoch). Leaves: batches to lanes of its own, whose position
//! is the job's, and what came of them. Decoding, folding and writing are those of the live flow; what differs is who
//! reads (no group), whose position moves, and that it makes way for the live group. It never joins a group, never
//! commits an offset, and never touches a position of the live group.

mod filter;
mod lanes;
mod live;
mod pace;
mod run;
mod sample;
mod turn;

pub use filter::Filter;
pub use live::Live;
pub use run::{End, Reached, run};
pub use sample::{Sample, sample};

use crate::event::Limits;
use crate::kafka;
use crate::pipeline::BatchLimits;
use crate::position::{Epoch, OffsetRange};
use crate::store::PgStore;
use crate::store::replays::Replays;
use std::sync::Arc;
use std::time::Duration;

/// A job that this process has the right to.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name.
    pub name: Arc<str>,
    /// The right to move it on.
    pub epoch: Epoch,
    /// What is left to read.
    pub left: Vec<OffsetRange>,
    /// Which records it takes.
    pub filter: Filter,
    /// Records a second that it reads at most.
    pub rate: Option<u32>,
}

/// What a job works with.
#[derive(Debug)]
pub struct Means {
    /// How to reach the log, with the client's own name of a group.
    pub kafka: kafka::Settings,
    /// The topics of the live group.
    pub live_topics: Vec<Arc<str>>,
    /// The store of the live group.
    pub live: PgStore,
    /// The store of the job.
    pub store: PgStore,
    /// The rows of the job.
    pub replays: Replays,
    /// Connections that write side by side.
    pub lanes: usize,
    /// When a batch is full.
    pub batch: BatchLimits,
    /// What an event may be.
    pub limits: Limits,
    /// How long a stop waits for what is being written.
    pub deadline: Duration,
}
