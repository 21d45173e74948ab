//! What arrives is what was written.

use audiohm_ingest::kafka::{KafkaLookup, Outgoing, Producer};
use audiohm_ingest::pipeline::Lookup;
use audiohm_ingest::record::{Header, UNREADABLE_NAME};
use rdkafka::message::{Header as Sent, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _};

use crate::support::{Member, PATIENCE, client, partition, settings, topic};
use crate::wire;

#[tokio::test(flavor = "multi_thread")]
async fn records_of_every_codec_arrive_byte_identical_in_order_with_their_headers() {
    let topic = topic(1).await;
    let mut expected = Vec::new();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let producer = client(&[("compression.type", codec)]);
        for number in 0..300_i64 {
            let key: Vec<u8> = (0..number % 7).map(|byte| u8::try_from(byte).unwrap()).collect();
            let value = format!("{codec} {number} ").repeat(5).into_bytes();
            let headers = OwnedHeaders::new()
                .insert(Sent {
                    key: "codec",
                    value: Some(codec),
                })
                .insert(Sent {
                    key: "codec",
                    value: Some("\u{0}"),
                })
                .insert(Sent::<&[u8]> {
                    key: "none",
                    value: None,
                });
            let record = BaseRecord::to(&topic)
                .key(&key[..])
                .payload(&value[..])
                .timestamp(number + 1);
            producer.send(record.headers(headers)).unwrap();
            expected.push((key, value, codec, number + 1));
        }
        producer.flush(PATIENCE).unwrap();
    }
    let mut member = Member::join(&settings(&topic));
    let all = member.assigned(1).await;
    member.start(&all, 0);
    let read = member
        .records(expected.len())
        .await
        .remove(&partition(&topic, 0))
        .unwrap();
    for (offset, (record, (key, value, codec, timestamp))) in read.iter().zip(&expected).enumerate() {
        assert_eq!(record.offset, i64::try_from(offset).unwrap());
        assert_eq!(record.key.as_deref(), Some(&key[..]));
        assert_eq!(record.value.as_deref(), Some(&value[..]));
        assert_eq!(record.timestamp, Some(*timestamp));
        let header = |name: &str, value: Option<&[u8]>| Header {
            name: name.to_owned(),
            value: value.map(bytes::Bytes::copy_from_slice),
        };
        let headers = [
            header("codec", Some(codec.as_bytes())),
            header("codec", Some(b"\0")),
            header("none", None),
        ];
        assert_eq!(*record.headers, headers);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tombstone_without_key_and_headers_arrives_as_that() {
    let topic = topic(1).await;
    let sent = topic.clone();
    tokio::task::spawn_blocking(move || {
        let mut producer = Producer::open(&settings(&sent)).unwrap();
        producer
            .send(&Outgoing {
                topic: &sent,
                ..Outgoing::default()
            })
            .unwrap();
        producer.flush(PATIENCE).unwrap();
    })
    .await
    .unwrap();
    let mut member = Member::join(&settings(&topic));
    let all = member.assigned(1).await;
    member.start(&all, 0);
    let chunk = member.chunk().await;
    let record = &chunk.records[0];
    assert_eq!((record.key.as_deref(), record.value.as_deref()), (None, None));
    assert!(record.headers.is_empty() && record.timestamp.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_whose_name_is_no_utf_8_costs_its_name_and_value_and_nothing_else() {
    let topic = topic(1).await;
    wire::produce(
        &topic,
        b"value",
        &[(b"good", b"1"), (b"\xff\xfe", b"2"), (b"last", b"3")],
    );
    let mut member = Member::join(&settings(&topic));
    let all = member.assigned(1).await;
    member.start(&all, 0);
    let chunk = member.chunk().await;
    let record = &chunk.records[0];
    assert_eq!(record.value.as_deref(), Some(&b"value"[..]));
    let seen: Vec<_> = record
        .headers
        .iter()
        .map(|header| (header.name.as_str(), header.value.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            ("good", Some(&b"1"[..])),
            (UNREADABLE_NAME, None),
            ("last", Some(&b"3"[..]))
        ]
    );
    let lookup = KafkaLookup::open(&settings(&topic)).unwrap();
    assert_eq!(lookup.partitions(&topic).await.unwrap(), all);
}
