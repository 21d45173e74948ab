//! What the worker tells its operators: log lines, metrics and a snapshot of its state.
//!
//! Enters: one call for each thing that happened ([`intake`], [`mod@write`], [`process`]) and, through
//! the [`StatusBoard`], what is true now. Leaves: log lines on stderr, Prometheus text
//! ([`Metrics::render`]) and a serialisable [`Status`]. Other rooms never name a metric.
//! Nothing here waits, fails a batch, or sees what is inside a record: topics, offsets, counts
//! and causes only.

pub mod intake;
pub mod label;
pub mod letters;
pub mod logging;
pub mod metric;
pub mod process;
pub mod write;

mod exporter;
mod gauges;
mod limit;
mod status;

pub use exporter::{Build, Metrics, MetricsError};
pub use limit::Limiter;
pub use status::{
    Check, Claim, DeadLetterCount, Halt, PartitionStatus, ReplayStatus, Sample, Status, StatusBoard, check,
};

#[cfg(test)]
mod tests;
