//! From the client's messages to chunks on their way to the pipeline.

use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, Headers, Timestamp};

use super::chunk::{ChunkBuilder, Incoming};
use super::header;
use super::outlet::Outlet;
use super::readings::Readings;
use crate::pipeline::SourceEvent;
use crate::position::TopicPartition;
use crate::record::UNREADABLE_NAME;

/// The open chunk and the way out for full ones.
#[derive(Debug)]
pub(super) struct Intake {
    builder: ChunkBuilder,
    pub(super) records: Outlet,
}

impl Intake {
    pub(super) fn new(records: Outlet) -> Self {
        Self {
            builder: ChunkBuilder::default(),
            records,
        }
    }

    /// Copies a message. True if a chunk was finished by it, or is full: time to send.
    pub(super) fn take(&mut self, message: &BorrowedMessage<'_>, readings: &mut Readings) -> bool {
        let (topic, partition) = (message.topic(), message.partition());
        let Some(generation) = readings.accept(topic, partition, message.offset()) else {
            return false;
        };
        let mut sent = false;
        if !self.builder.continues(topic, partition, generation) {
            sent = self.finish();
            self.builder.open(TopicPartition::new(topic, partition), generation);
        }
        self.builder.push(incoming(message));
        sent || self.builder.is_full()
    }

    /// Sends the open chunk on its way, if there is one.
    pub(super) fn finish(&mut self) -> bool {
        let chunk = self.builder.finish();
        let finished = chunk.is_some();
        if let Some(chunk) = chunk {
            self.records.push(SourceEvent::Chunk(chunk));
        }
        finished
    }
}

pub(super) fn incoming<'a>(message: &'a BorrowedMessage<'_>) -> Incoming<'a> {
    Incoming {
        offset: message.offset(),
        timestamp: milliseconds(message.timestamp()),
        key: message.key(),
        value: message.payload(),
        headers: message.headers().map(headers).unwrap_or_default(),
    }
}

/// 9999-12-31T23:59:59.999Z, in milliseconds since 1970.
const LAST_TIME: i64 = 253_402_300_799_999;

/// A producer may send any number, and the broker keeps it. What is no time that a calendar holds says as little as -1
/// does, and must not reach a database that refuses it for the whole batch.
fn milliseconds(timestamp: Timestamp) -> Option<i64> {
    match timestamp {
        Timestamp::NotAvailable => None,
        Timestamp::CreateTime(at) | Timestamp::LogAppendTime(at) => (0..=LAST_TIME).contains(&at).then_some(at),
    }
}

fn headers<H: Headers>(headers: &H) -> Vec<(String, Option<&[u8]>)> {
    let read = |index| match header::read(headers, index) {
        Ok(header) => header.map(|header| (header.key.to_owned(), header.value)),
        Err(header::Unreadable) => Some((UNREADABLE_NAME.to_owned(), None)),
    };
    (0..headers.count()).filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_no_time_of_a_calendar_is_no_time() {
        for at in [i64::MIN, -(1 << 62), -1, LAST_TIME + 1, 9_000_000_000_000_000, i64::MAX] {
            assert_eq!(milliseconds(Timestamp::CreateTime(at)), None, "{at}");
            assert_eq!(milliseconds(Timestamp::LogAppendTime(at)), None, "{at}");
        }
        for at in [0, 1_767_225_600_000, LAST_TIME] {
            assert_eq!(milliseconds(Timestamp::CreateTime(at)), Some(at));
        }
        assert_eq!(milliseconds(Timestamp::NotAvailable), None);
    }
}
