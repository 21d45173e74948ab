//! Reads ranges of offsets on a client of its own: joins no group and commits nothing.
//!
//! A thread polls the client and hands chunks over a bounded channel; while nobody takes them it stands still, which
//! no group can hold against a client that is in none.

mod reading;
mod suspects;
mod taking;

use std::thread;

use tokio::sync::mpsc;

use self::reading::Reading;
use super::error::ClientError;
use super::header;
use super::maker::{Maker, Renewable};
use super::settings::Settings;
use crate::position::{OffsetRange, TopicPartition};
use crate::record::Chunk;

/// Chunks that wait for whoever reads; with their size limit this bounds the memory.
const CHUNKS: usize = 8;

/// What reading gives.
#[derive(Debug)]
pub enum Read {
    /// Records of one range, in the order of the log.
    Chunk(Chunk),
    /// The log holds nothing more of the range before this offset: markers, aborted or compacted records, its end.
    Passed(TopicPartition, i64),
    /// The log has lost the offsets from where reading was up to this one, where it goes on.
    Lost(TopicPartition, i64),
    /// The broker cannot be reached; the client goes on trying.
    Unavailable(String),
    /// The topic was made anew and is shorter than the range; why, for a person.
    Anew(String),
    /// Bytes in the log are no records, from this offset on; why, for a person. The rest of this range is not read.
    Unreadable(TopicPartition, i64, String),
    /// The client cannot go on.
    Fatal(String),
}

/// Ranges that are being read. Dropped, it stops reading.
#[derive(Debug)]
pub struct RangeReader {
    reads: mpsc::Receiver<Read>,
}

impl RangeReader {
    /// Begins to read. Succeeds without a broker; its absence is reported.
    pub fn open(settings: &Settings, ranges: &[OffsetRange]) -> Result<Self, ClientError> {
        header::hush_expected_panics();
        let client = Renewable::new(Maker::of(settings)).map_err(ClientError::Settings)?;
        let (sender, reads) = mpsc::channel(CHUNKS);
        let reading = Reading::new(client, ranges, sender);
        thread::Builder::new()
            .name("kafka-range".to_owned())
            .spawn(|| reading.run())
            .map_err(ClientError::Thread)?;
        Ok(Self { reads })
    }

    /// What was read next; none once every range is read to its end. Cancelling loses nothing.
    pub async fn next(&mut self) -> Option<Read> {
        self.reads.recv().await
    }
}
