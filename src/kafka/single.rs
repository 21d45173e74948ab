//! Reads single records, on a client that is made for it.

use std::collections::BTreeMap;

use super::range::{RangeReader, Read};
use super::settings::{REQUEST_TIMEOUT, Settings};
use crate::pipeline::{SourceError, Timestamps, Unreadable};
use crate::position::{OffsetRange, TopicPartition};

/// The timestamp of the record at each of these offsets; what the log holds no record of is missing.
pub(super) async fn timestamps(
    settings: &Settings,
    offsets: BTreeMap<TopicPartition, i64>,
) -> Result<Timestamps, SourceError> {
    let settings = frugal(settings);
    if let Ok(timestamps) = read(&settings, &offsets).await? {
        return Ok(timestamps);
    }
    // the client does not say whose records it cannot read
    let mut timestamps = BTreeMap::new();
    for (partition, offset) in offsets {
        match read(&settings, &BTreeMap::from([(partition.clone(), offset)])).await? {
            Ok(one) => timestamps.extend(one),
            Err(unreadable) => _ = timestamps.insert(partition, Err(unreadable)),
        }
    }
    Ok(timestamps)
}

async fn read(
    settings: &Settings,
    offsets: &BTreeMap<TopicPartition, i64>,
) -> Result<Result<Timestamps, Unreadable>, SourceError> {
    let range = |(partition, &start_offset): (&TopicPartition, &i64)| OffsetRange {
        partition: partition.clone(),
        start_offset,
        end_offset: start_offset + 1,
    };
    let ranges: Vec<OffsetRange> = offsets.iter().map(range).collect();
    let reader = RangeReader::open(settings, &ranges).map_err(|error| SourceError(error.to_string()))?;
    let Ok(read) = tokio::time::timeout(REQUEST_TIMEOUT, all(reader)).await else {
        let patience = REQUEST_TIMEOUT.as_secs();
        return Err(SourceError(format!(
            "single records could not be read within {patience} s"
        )));
    };
    read
}

/// The broker answers with one batch of records at least; more is not wanted.
fn frugal(settings: &Settings) -> Settings {
    let mut settings = settings.clone();
    for (name, value) in [("max.partition.fetch.bytes", "1024"), ("queued.min.messages", "1")] {
        settings.properties.insert(name.to_owned(), value.to_owned());
    }
    settings
}

async fn all(mut reader: RangeReader) -> Result<Result<Timestamps, Unreadable>, SourceError> {
    let mut timestamps = BTreeMap::new();
    while let Some(read) = reader.next().await {
        match read {
            Read::Chunk(chunk) => {
                let records = chunk.records.iter();
                timestamps.extend(records.map(|record| (chunk.partition.clone(), Ok(record.timestamp))));
            }
            // nothing is there any more; or the broker is away, and the client goes on trying
            Read::Passed(..) | Read::Lost(..) | Read::Unavailable(_) => {}
            Read::Unreadable(why) => return Ok(Err(Unreadable(why))),
            Read::Anew(why) | Read::Fatal(why) => return Err(SourceError(why)),
        }
    }
    Ok(Ok(timestamps))
}
