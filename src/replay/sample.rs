//! A look at some records spread over ranges, for what a replay of them would do.

use super::Filter;
use crate::batch::{OpenBatch, SealedBatch};
use crate::event::{Limits, Timestamp};
use crate::kafka::{ClientError, RangeReader, Read, Settings};
use crate::position::{Epoch, OffsetRange, TopicPartition};
use crate::record::Chunk;
use chrono::Utc;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// About how many records are looked at.
const WANTED: i64 = 1_000;
/// Places of each range from which records are taken.
const PLACES: i64 = 5;
/// How long reading them may take; what is there by then has to do.
const PATIENCE: Duration = Duration::from_secs(3);

/// Some records of ranges.
#[derive(Debug, Default)]
pub struct Sample {
    /// Those that the filter takes, folded; none if there are none.
    pub batch: Option<SealedBatch>,
    /// Records that were read.
    pub read: u64,
    /// Records that the filter leaves out.
    pub left_out: u64,
    /// Kafka timestamp of the first record of each range that was read, in milliseconds since 1970.
    pub first_times: BTreeMap<TopicPartition, i64>,
    /// Where ranges cannot be read: the first such offset that was met, and why, for a person.
    pub unreadable: BTreeMap<TopicPartition, (i64, String)>,
}

/// Reads the sample. Joins no group and writes nothing.
pub async fn sample(
    settings: &Settings,
    ranges: &[OffsetRange],
    limits: &Limits,
    filter: &Filter,
) -> Result<Sample, ClientError> {
    let (mut sample, mut open) = (Sample::default(), OpenBatch::default());
    let deadline = Instant::now() + PATIENCE;
    for place in 0..PLACES {
        let mut reader = RangeReader::open(settings, &stretches(ranges, place))?;
        while let Ok(Some(read)) = timeout_at(deadline, reader.next()).await {
            match read {
                Read::Chunk(chunk) => sample.take(chunk, &mut open, (limits, filter)),
                Read::Unreadable(partition, from, why) => {
                    sample.unreadable.entry(partition).or_insert((from, why));
                }
                _ => {}
            }
        }
    }
    sample.batch = open.seal();
    Ok(sample)
}

impl Sample {
    fn take(&mut self, chunk: Chunk, open: &mut OpenBatch, (limits, filter): (&Limits, &Filter)) {
        let slot = open.span(&chunk.partition, Epoch(0), 0);
        for record in chunk.records {
            self.read += 1;
            if let Some(time) = record.timestamp {
                self.first_times.entry(chunk.partition.clone()).or_insert(time);
            }
            let decoded = record.decode(limits, Timestamp::from_micros(Utc::now().timestamp_micros()));
            if filter.takes(&decoded) {
                open.push(slot, record, decoded);
            } else {
                self.left_out += 1;
            }
        }
    }
}

/// One stretch of each range; all stretches of a range lie equally far apart, and the first at its beginning.
fn stretches(ranges: &[OffsetRange], place: i64) -> Vec<OffsetRange> {
    let full = ranges.iter().filter(|range| range.offsets() > 0);
    let parts = i64::try_from(full.clone().count()).unwrap_or(i64::MAX).max(1);
    let length = (WANTED / (parts * PLACES)).max(2);
    let stretch = |range: &OffsetRange| {
        let step = (range.offsets() / PLACES).max(length);
        let start_offset = range.start_offset.saturating_add(step.saturating_mul(place));
        OffsetRange {
            start_offset,
            end_offset: start_offset.saturating_add(length).min(range.end_offset),
            partition: range.partition.clone(),
        }
    };
    full.map(stretch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_lie_apart_and_inside_their_ranges() {
        for (offsets, expected) in [(3, 3), (999, 999), (1_000, 1_000), (10_000_000, 1_000)] {
            let range = OffsetRange {
                partition: TopicPartition::new("plays", 0),
                start_offset: 7,
                end_offset: 7 + offsets,
            };
            let mut next = 7;
            let mut total = 0;
            for place in 0..PLACES {
                for stretch in stretches(std::slice::from_ref(&range), place) {
                    if stretch.offsets() > 0 {
                        assert!(stretch.start_offset >= next && stretch.end_offset <= range.end_offset);
                        (next, total) = (stretch.end_offset, total + stretch.offsets());
                    }
                }
            }
            assert_eq!(total, expected, "of {offsets}");
        }
    }
}
