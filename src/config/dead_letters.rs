//! `[dead_letters]`: floods, and how long content is kept.

use std::time::Duration;

use super::reader::Reader;
use super::value::Value;

/// Treatment of dead letters as a whole.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    /// Whether a flood of faulty records halts its partition.
    pub flood_breaker: bool,
    /// Age at which the content of settled letters is emptied.
    pub keep: Duration,
}

impl DeadLetters {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let flood_breaker = reader.read("dead_letters.flood_breaker", Value::boolean);
        let range = Duration::from_secs(1)..=Duration::from_hours(3650 * 24);
        let keep = reader.read("dead_letters.keep", |it| it.duration(&range));
        Some(Self {
            flood_breaker: flood_breaker?,
            keep: keep?,
        })
    }
}
