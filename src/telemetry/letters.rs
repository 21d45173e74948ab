//! What happens to dead letters that are stored.

use super::label::REDRIVE;
use super::write::records;
use std::fmt::Display;
use tracing::{info, warn};

/// `count` records of `topic`, stored as dead letters before, have this outcome now.
pub fn redriven(topic: &str, kind: &'static str, outcome: &'static str, count: u64) {
    super::intake::consumed(topic, REDRIVE, count);
    records(topic, kind, outcome, REDRIVE, count);
}

/// The letters of the group were counted anew, and there are more or fewer than before.
pub fn counted(open: i64, waiting: i64) {
    info!(open, waiting, "dead letters, see the table ingest.dead_letters");
}

/// Letters that nobody needs any more were emptied.
pub fn emptied(count: u64) {
    if count > 0 {
        info!(count, "old dead letters were emptied");
    }
}

/// Something about stored letters failed; it is tried again.
pub fn failed(error: &dyn Display) {
    warn!(%error, "dead letters could not be worked on; trying again");
}
