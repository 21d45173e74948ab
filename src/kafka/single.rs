//! Reads single records, on a client that is made for it.

use std::collections::BTreeMap;

use tokio::time::{Instant, timeout_at};

use super::range::{RangeReader, Read};
use super::settings::{REQUEST_TIMEOUT, Settings};
use crate::pipeline::{SourceError, Timestamps, Unreadable};
use crate::position::{OffsetRange, TopicPartition};

/// The timestamp of the record at each of these offsets; what the log holds no record of is missing.
pub(super) async fn timestamps(
    settings: &Settings,
    offsets: BTreeMap<TopicPartition, i64>,
) -> Result<Timestamps, SourceError> {
    let range = |(partition, start_offset): (TopicPartition, i64)| OffsetRange {
        partition,
        start_offset,
        end_offset: start_offset + 1,
    };
    let ranges: Vec<OffsetRange> = offsets.into_iter().map(range).collect();
    let reader = RangeReader::open(&frugal(settings), &ranges).map_err(|error| SourceError(error.to_string()))?;
    all(reader).await
}

/// The broker answers with one batch of records at least; more is not wanted.
fn frugal(settings: &Settings) -> Settings {
    let mut settings = settings.clone();
    for (name, value) in [("max.partition.fetch.bytes", "1024"), ("queued.min.messages", "1")] {
        settings.properties.insert(name.to_owned(), value.to_owned());
    }
    settings
}

async fn all(mut reader: RangeReader) -> Result<Timestamps, SourceError> {
    let mut timestamps = BTreeMap::new();
    let mut deadline = Instant::now() + REQUEST_TIMEOUT;
    loop {
        let Ok(read) = timeout_at(deadline, reader.next()).await else {
            let patience = REQUEST_TIMEOUT.as_secs();
            return Err(SourceError(format!(
                "no single record could be read within {patience} s"
            )));
        };
        match read {
            None => return Ok(timestamps),
            Some(Read::Chunk(chunk)) => {
                let records = chunk.records.iter();
                timestamps.extend(records.map(|record| (chunk.partition.clone(), Ok(record.timestamp))));
            }
            Some(Read::Unreadable(partition, _, why)) => {
                timestamps.insert(partition, Err(Unreadable(why)));
            }
            // nothing is there any more
            Some(Read::Passed(..) | Read::Lost(..)) => {}
            // the client goes on trying
            Some(Read::Unavailable(_)) => continue,
            Some(Read::Anew(why) | Read::Fatal(why)) => return Err(SourceError(why)),
        }
        deadline = Instant::now() + REQUEST_TIMEOUT;
    }
}
