//! `[batch]`: when a batch is full.

use std::time::Duration;

use super::reader::Reader;

/// Whichever bound is reached first closes the batch.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Records.
    pub max_rows: usize,
    /// Bytes of record values.
    pub max_bytes: usize,
    /// Age since the first record.
    pub max_wait: Duration,
}

impl Batch {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let max_rows = reader.read("batch.max_rows", |it| it.count(&(1..=100_000)));
        let max_bytes = reader.read("batch.max_bytes", |it| it.size(&(1 << 10..=256 << 20)));
        let wait = Duration::from_millis(1)..=Duration::from_mins(1);
        let max_wait = reader.read("batch.max_wait", |it| it.duration(&wait));
        Some(Self {
            max_rows: max_rows?,
            max_bytes: max_bytes?,
            max_wait: max_wait?,
        })
    }
}
