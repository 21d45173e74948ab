//! One Produce request, byte by byte: a header name that is no UTF-8 is beyond what clients let one write.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::brokers;

/// Writes one record into partition 0 and checks the broker's answer.
pub(crate) fn produce(topic: &str, value: &[u8], headers: &[(&[u8], &[u8])]) {
    let batch = batch(&record(value, headers));
    let mut request = Vec::new();
    // api 0 (Produce), version 3, correlation 7, client "test", no transaction, acks all, 10 s, one topic
    request.extend(0_i16.to_be_bytes());
    request.extend(3_i16.to_be_bytes());
    request.extend(7_i32.to_be_bytes());
    text(&mut request, "test");
    request.extend((-1_i16).to_be_bytes());
    request.extend((-1_i16).to_be_bytes());
    request.extend(10_000_i32.to_be_bytes());
    request.extend(1_i32.to_be_bytes());
    text(&mut request, topic);
    request.extend(1_i32.to_be_bytes());
    request.extend(0_i32.to_be_bytes());
    sized(&mut request, &batch);
    let mut framed = Vec::new();
    sized(&mut framed, &request);
    let mut connection = TcpStream::connect(brokers()).unwrap();
    connection.write_all(&framed).unwrap();
    let mut size = [0; 4];
    connection.read_exact(&mut size).unwrap();
    let mut answer = vec![0; usize::try_from(i32::from_be_bytes(size)).unwrap()];
    connection.read_exact(&mut answer).unwrap();
    // correlation, count, name, count, partition, then the error code
    let code_at = 4 + 4 + 2 + topic.len() + 4 + 4;
    assert_eq!(answer[code_at..code_at + 2], [0, 0], "the broker took the record");
}

fn text(into: &mut Vec<u8>, text: &str) {
    into.extend(i16::try_from(text.len()).unwrap().to_be_bytes());
    into.extend(text.as_bytes());
}

fn sized(into: &mut Vec<u8>, bytes: &[u8]) {
    into.extend(i32::try_from(bytes.len()).unwrap().to_be_bytes());
    into.extend(bytes);
}

fn varint(into: &mut Vec<u8>, number: usize) {
    let mut rest = number << 1;
    while rest > 0x7f {
        into.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
        rest >>= 7;
    }
    into.push(u8::try_from(rest).unwrap());
}

fn record(value: &[u8], headers: &[(&[u8], &[u8])]) -> Vec<u8> {
    // attributes, timestamp and offset deltas, a key of length -1
    let mut body = vec![0, 0, 0, 1];
    varint(&mut body, value.len());
    body.extend(value);
    varint(&mut body, headers.len());
    for part in headers.iter().flat_map(|(name, value)| [name, value]) {
        varint(&mut body, part.len());
        body.extend(*part);
    }
    let mut record = Vec::new();
    varint(&mut record, body.len());
    record.extend(body);
    record
}

fn batch(record: &[u8]) -> Vec<u8> {
    let mut checked = Vec::new();
    // attributes, last offset delta, first and last timestamp, no producer, one record
    checked.extend(0_i16.to_be_bytes());
    checked.extend(0_i32.to_be_bytes());
    checked.extend(1_700_000_000_000_i64.to_be_bytes());
    checked.extend(1_700_000_000_000_i64.to_be_bytes());
    checked.extend((-1_i64).to_be_bytes());
    checked.extend((-1_i16).to_be_bytes());
    checked.extend((-1_i32).to_be_bytes());
    checked.extend(1_i32.to_be_bytes());
    checked.extend(record);
    let mut rest = Vec::new();
    // leader epoch, magic 2, checksum
    rest.extend((-1_i32).to_be_bytes());
    rest.push(2);
    rest.extend(crc32c(&checked).to_be_bytes());
    rest.extend(checked);
    let mut batch = 0_i64.to_be_bytes().to_vec();
    sized(&mut batch, &rest);
    batch
}

fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
    !bytes
        .iter()
        .fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}
