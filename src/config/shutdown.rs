//! `[shutdown]`: how the worker stops.

use std::time::Duration;

use super::reader::Reader;

/// Bounds on a stop.
#[derive(Debug, Clone)]
pub struct Shutdown {
    /// What is not stored by then is left for the next start.
    pub deadline: Duration,
}

impl Shutdown {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let range = Duration::ZERO..=Duration::from_hours(1);
        let deadline = reader.read("shutdown.deadline", |it| it.duration(&range));
        Some(Self { deadline: deadline? })
    }
}
