//! A record as it came from the log: owned bytes and coordinates, nothing of the Kafka client.

use crate::event::{self, Decoded, Limits, RawRecord, Timestamp};
use crate::position::{Generation, TopicPartition};
use bytes::Bytes;

/// One Kafka record. Its bytes are slices of a buffer that the records of a chunk share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Offset in its partition.
    pub offset: i64,
    /// Kafka timestamp in milliseconds since 1970, from 1970 to 9999; none if the record carries no such time.
    pub timestamp: Option<i64>,
    /// The key, byte for byte.
    pub key: Option<Bytes>,
    /// The value, byte for byte; none for a tombstone.
    pub value: Option<Bytes>,
    /// The headers in their order; empty for almost every record, and then nothing is allocated.
    pub headers: Box<[Header]>,
}

impl Record {
    /// Bytes that the record keeps alive: key, value and headers.
    #[must_use]
    pub fn size(&self) -> usize {
        let optional = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        let headers = self
            .headers
            .iter()
            .map(|header| header.name.len() + optional(&header.value));
        optional(&self.key) + optional(&self.value) + headers.sum::<usize>()
    }

    /// What the record is. `now` counts only for a record without a timestamp.
    #[must_use]
    pub fn decode(&self, limits: &Limits, now: Timestamp) -> Decoded {
        let headers: Vec<event::Header<'_>> = self.headers.iter().map(Header::view).collect();
        let raw = RawRecord {
            value: self.value.as_deref(),
            headers: &headers,
            timestamp: self.timestamp,
        };
        event::decode(&raw, limits, now)
    }
}

/// One header of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name; `UNREADABLE_NAME` where it is no UTF-8, since the client cannot hand out such a header.
    pub name: String,
    /// The value, byte for byte.
    pub value: Option<Bytes>,
}

impl Header {
    fn view(&self) -> event::Header<'_> {
        event::Header {
            name: &self.name,
            value: self.value.as_deref(),
        }
    }
}

/// Stands for the name of a header whose name is not UTF-8.
pub const UNREADABLE_NAME: &str = "\u{fffd}";

/// Records of one partition that follow one another, in the order of the log.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// The partition.
    pub partition: TopicPartition,
    /// The reading they belong to.
    pub generation: Generation,
    /// At least one record, offsets rising (gaps are normal: transactions, compaction).
    pub records: Vec<Record>,
    /// Sum of the records' sizes.
    pub bytes: usize,
}
