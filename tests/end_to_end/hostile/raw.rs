//! A record that no client library would write, put on the wire by hand.

use crate::harness::{Means, Sent};
use audiohm_ingest::event::Reason;
use std::io::{Read, Write};
use std::net::TcpStream;

/// Value and header of the record; the name of the header is not UTF-8.
const VALUE: &[u8] = b"the name of my header cannot be read";
const NAME: &[u8] = b"n\xff\xfe";

/// What [`produce`] writes.
pub(super) fn record_with_unreadable_header(topic: &str) -> Sent {
    Sent {
        topic: topic.to_owned(),
        key: None,
        value: Some(VALUE.to_vec()),
        headers: vec![("\u{fffd}".to_owned(), Vec::new())],
        means: Means::Bad(Reason::InvalidJson),
    }
}

/// Writes the record with a produce request, version 7.
pub(super) fn produce(broker: &str, topic: &str, partition: i32, sent: &Sent) {
    let batch = record_batch(sent.value.as_deref().unwrap());
    let mut request = Vec::new();
    // api key, version, correlation id, client id; no transaction, acks of all, time-out
    request.extend([0, 0, 0, 7, 0, 0, 0, 1]);
    request.extend(text("by-hand"));
    request.extend((-1_i16).to_be_bytes());
    request.extend((-1_i16).to_be_bytes());
    request.extend(10_000_i32.to_be_bytes());
    request.extend(1_i32.to_be_bytes());
    request.extend(text(topic));
    request.extend(1_i32.to_be_bytes());
    request.extend(partition.to_be_bytes());
    request.extend(length(&batch).to_be_bytes());
    request.extend(batch);
    let mut stream = TcpStream::connect(broker).unwrap();
    stream.write_all(&length(&request).to_be_bytes()).unwrap();
    stream.write_all(&request).unwrap();
    let mut size = [0; 4];
    stream.read_exact(&mut size).unwrap();
    let mut answer = vec![0; usize::try_from(i32::from_be_bytes(size)).unwrap()];
    stream.read_exact(&mut answer).unwrap();
    // correlation id, one topic with its name, one partition with its number, then the error
    let at = 4 + 4 + 2 + topic.len() + 4 + 4;
    assert_eq!(answer[at..at + 2], [0, 0], "the broker takes the record");
}

/// A batch of one record, without codec or producer.
fn record_batch(value: &[u8]) -> Vec<u8> {
    let mut record = vec![0];
    record.extend(varint(0));
    record.extend(varint(0));
    record.extend(varint(-1));
    record.extend(varint(i64::from(length(value))));
    record.extend(value);
    record.extend(varint(1));
    record.extend(varint(i64::from(length(NAME))));
    record.extend(NAME);
    record.extend(varint(-1));
    let now = chrono::Utc::now().timestamp_millis().to_be_bytes();
    let mut body = Vec::new();
    // attributes, last offset delta, first and largest timestamp, no producer
    body.extend([0; 6]);
    body.extend(now);
    body.extend(now);
    body.extend([0xff; 14]);
    body.extend(1_i32.to_be_bytes());
    body.extend(varint(i64::from(length(&record))));
    body.extend(record);
    let mut batch = vec![0; 8];
    batch.extend((length(&body) + 9).to_be_bytes());
    batch.extend([0xff, 0xff, 0xff, 0xff, 2]);
    batch.extend(crc32c(&body).to_be_bytes());
    batch.extend(body);
    batch
}

fn length(bytes: &[u8]) -> i32 {
    i32::try_from(bytes.len()).unwrap()
}

fn text(text: &str) -> Vec<u8> {
    [&i16::try_from(text.len()).unwrap().to_be_bytes(), text.as_bytes()].concat()
}

/// A number in zigzag, seven bits a byte.
fn varint(number: i64) -> Vec<u8> {
    let mut rest = ((number << 1) ^ (number >> 63)).cast_unsigned();
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(rest & 0x7f).unwrap();
        rest >>= 7;
        if rest == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// The checksum of a batch, bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| {
        if crc & 1 == 1 {
            (crc >> 1) ^ 0x82f6_3b78
        } else {
            crc >> 1
        }
    };
    !bytes
        .iter()
        .fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}
