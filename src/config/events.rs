//! `[events]`: what is still an event.

use std::time::Duration;

use super::reader::Reader;

/// Bounds on a single record.
#[derive(Debug, Clone)]
pub struct Events {
    /// A longer record value becomes a dead letter unparsed. Bytes.
    pub max_bytes: usize,
    /// How far an event's time may lie after its record's timestamp.
    pub max_clock_skew: Duration,
}

impl Events {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let max_bytes = reader.read("events.max_bytes", |it| it.size(&(1..=64 << 20)));
        let skew = Duration::ZERO..=Duration::from_hours(3650 * 24);
        let max_clock_skew = reader.read("events.max_clock_skew", |it| it.duration(&skew));
        Some(Self {
            max_bytes: max_bytes?,
            max_clock_skew: max_clock_skew?,
        })
    }
}
