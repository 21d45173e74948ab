//! Reads single records, on a client that is made for it.

use std::collections::BTreeMap;

use super::range::{RangeReader, Read};
use super::settings::{REQUEST_TIMEOUT, Settings};
use crate::pipeline::SourceError;
use crate::position::{OffsetRange, TopicPartition};

/// The timestamp of the record at each of these offsets; what the log holds no record of is missing.
pub(super) async fn timestamps(
    settings: &Settings,
    offsets: BTreeMap<TopicPartition, i64>,
) -> Result<BTreeMap<TopicPartition, Option<i64>>, SourceError> {
    let range = |(partition, start_offset)| OffsetRange {
        partition,
        start_offset,
        end_offset: start_offset + 1,
    };
    let ranges: Vec<OffsetRange> = offsets.into_iter().map(range).collect();
    let reader = RangeReader::open(&frugal(settings), &ranges).map_err(|error| SourceError(error.to_string()))?;
    let Ok(read) = tokio::time::timeout(REQUEST_TIMEOUT, all(reader)).await else {
        let patience = REQUEST_TIMEOUT.as_secs();
        return Err(SourceError(format!(
            "the records that were stored last could not be read again within {patience} s"
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

async fn all(mut reader: RangeReader) -> Result<BTreeMap<TopicPartition, Option<i64>>, SourceError> {
    let mut timestamps = BTreeMap::new();
    while let Some(read) = reader.next().await {
        match read {
            Read::Chunk(chunk) => {
                let records = chunk.records.iter();
                timestamps.extend(records.map(|record| (chunk.partition.clone(), record.timestamp)));
            }
            // nothing is there any more; or the broker is away, and the client goes on trying
            Read::Passed(..) | Read::Lost(..) | Read::Unavailable(_) => {}
            Read::Anew(why) | Read::Fatal(why) => return Err(SourceError(why)),
        }
    }
    Ok(timestamps)
}
