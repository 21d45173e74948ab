//! Gathers consecutive records of one partition into a chunk whose records share one buffer.

use std::ops::Range;

use bytes::Bytes;

use crate::position::{Generation, TopicPartition};
use crate::record::{Chunk, Header, Record};

/// Records in a chunk at most.
const MAX_RECORDS: usize = 500;
/// Bytes after which a chunk is closed; one record may exceed it.
const MAX_BYTES: usize = 256 * 1024;

/// A record's bytes while they still belong to the client.
#[derive(Debug, Default)]
pub(super) struct Incoming<'a> {
    pub(super) offset: i64,
    pub(super) timestamp: Option<i64>,
    pub(super) key: Option<&'a [u8]>,
    pub(super) value: Option<&'a [u8]>,
    pub(super) headers: Vec<(String, Option<&'a [u8]>)>,
}

#[derive(Debug)]
struct Placed {
    offset: i64,
    timestamp: Option<i64>,
    key: Option<Range<usize>>,
    value: Option<Range<usize>>,
    headers: Vec<(String, Option<Range<usize>>)>,
}

/// The chunk that is being filled. Its working buffer is kept from one chunk to the next.
#[derive(Debug, Default)]
pub(super) struct ChunkBuilder {
    reading: Option<(TopicPartition, Generation)>,
    buffer: Vec<u8>,
    placed: Vec<Placed>,
}

impl ChunkBuilder {
    /// Whether a record of this partition and reading belongs into the open chunk.
    pub(super) fn continues(&self, topic: &str, partition: i32, generation: Generation) -> bool {
        self.reading
            .as_ref()
            .is_some_and(|(open, of)| open.partition == partition && *of == generation && *open.topic == *topic)
    }

    /// Opens a chunk; the one before must have been finished.
    pub(super) fn open(&mut self, partition: TopicPartition, generation: Generation) {
        self.reading = Some((partition, generation));
    }

    /// Copies a record into the open chunk.
    pub(super) fn push(&mut self, incoming: Incoming<'_>) {
        let key = incoming.key.map(|bytes| self.place(bytes));
        let value = incoming.value.map(|bytes| self.place(bytes));
        let headers = incoming.headers.into_iter();
        let headers = headers
            .map(|(name, bytes)| (name, bytes.map(|bytes| self.place(bytes))))
            .collect();
        self.placed.push(Placed {
            offset: incoming.offset,
            timestamp: incoming.timestamp,
            key,
            value,
            headers,
        });
    }

    /// Whether the open chunk has reached a limit.
    pub(super) fn is_full(&self) -> bool {
        self.placed.len() >= MAX_RECORDS || self.buffer.len() >= MAX_BYTES
    }

    /// Closes the chunk; none if it holds no record.
    pub(super) fn finish(&mut self) -> Option<Chunk> {
        let (partition, generation) = self.reading.take()?;
        if self.placed.is_empty() {
            return None;
        }
        // an exact copy: slices keep all of it alive, and the working buffer is larger
        let shared = Bytes::copy_from_slice(&self.buffer);
        let records: Vec<Record> = self.placed.drain(..).map(|placed| placed.share(&shared)).collect();
        self.buffer.clear();
        self.buffer.shrink_to(2 * MAX_BYTES);
        let bytes = records.iter().map(Record::size).sum();
        Some(Chunk {
            partition,
            generation,
            records,
            bytes,
        })
    }

    fn place(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.buffer.len();
        self.buffer.extend_from_slice(bytes);
        start..self.buffer.len()
    }
}

impl Placed {
    fn share(self, shared: &Bytes) -> Record {
        let slice = |range: Option<Range<usize>>| range.map(|range| shared.slice(range));
        let header = |(name, range)| Header {
            name,
            value: slice(range),
        };
        Record {
            offset: self.offset,
            timestamp: self.timestamp,
            key: slice(self.key),
            value: slice(self.value),
            headers: self.headers.into_iter().map(header).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> ChunkBuilder {
        let mut builder = ChunkBuilder::default();
        builder.open(TopicPartition::new("plays", 3), Generation(7));
        builder
    }

    #[test]
    fn absent_and_empty_bytes_stay_apart_and_everything_is_byte_identical() {
        let mut builder = opened();
        let headers = vec![("a".to_owned(), Some(&b"\xff\x00"[..])), ("a".to_owned(), None)];
        builder.push(Incoming {
            offset: 5,
            timestamp: Some(9),
            key: Some(b""),
            value: None,
            headers,
        });
        builder.push(Incoming {
            offset: 8,
            value: Some(b"v"),
            ..Incoming::default()
        });
        let chunk = builder.finish().unwrap();
        assert_eq!(
            (chunk.partition, chunk.generation),
            (TopicPartition::new("plays", 3), Generation(7))
        );
        let [first, second] = &chunk.records[..] else {
            panic!("two records")
        };
        assert_eq!((first.offset, first.timestamp), (5, Some(9)));
        assert_eq!((first.key.as_deref(), first.value.as_deref()), (Some(&b""[..]), None));
        assert_eq!(first.headers[0].value.as_deref(), Some(&b"\xff\x00"[..]));
        assert_eq!(
            first.headers[1],
            Header {
                name: "a".to_owned(),
                value: None
            }
        );
        assert_eq!(
            (second.key.as_deref(), second.value.as_deref()),
            (None, Some(&b"v"[..]))
        );
        assert_eq!(chunk.bytes, first.size() + second.size());
    }

    #[test]
    fn a_chunk_is_full_by_count_or_by_bytes() {
        let mut builder = opened();
        for offset in 0..500 {
            assert!(!builder.is_full());
            builder.push(Incoming {
                offset,
                ..Incoming::default()
            });
        }
        assert!(builder.is_full());
        assert_eq!(builder.finish().unwrap().records.len(), 500);
        builder.open(TopicPartition::new("plays", 3), Generation(7));
        builder.push(Incoming {
            value: Some(&vec![0; MAX_BYTES]),
            ..Incoming::default()
        });
        assert!(builder.is_full());
    }

    #[test]
    fn another_partition_or_reading_does_not_continue_the_chunk() {
        let builder = opened();
        assert!(builder.continues("plays", 3, Generation(7)));
        assert!(!builder.continues("likes", 3, Generation(7)));
        assert!(!builder.continues("plays", 2, Generation(7)));
        assert!(!builder.continues("plays", 3, Generation(8)));
    }

    #[test]
    fn nothing_gathered_is_no_chunk() {
        assert!(ChunkBuilder::default().finish().is_none());
        assert!(opened().finish().is_none());
    }
}
