//! Brokers and topics that are away.

use std::time::Duration;

use audiohm_ingest::kafka::ensure_topics;
use audiohm_ingest::pipeline::{Lookup, Source, SourceEvent};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use tokio::time::{Instant, timeout};

use crate::support::{Member, PATIENCE, client, partition, settings, unused_name, write};

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_made_later_is_read_within_seconds() {
    let name = unused_name();
    let mut member = Member::join(&settings(&name));
    let event = timeout(PATIENCE, member.source.next(true)).await.unwrap();
    let SourceEvent::Unavailable(text) = event else {
        panic!("{event:?}")
    };
    assert!(text.contains(&name), "{text}");
    assert!(member.source.lookup().partitions(&name).await.unwrap().is_empty());
    ensure_topics(&settings(&name), std::slice::from_ref(&name), 1)
        .await
        .unwrap();
    let made = Instant::now();
    let all = member.assigned(1).await;
    assert!(made.elapsed() < Duration::from_secs(15), "{:?}", made.elapsed());
    member.start(&all, 0);
    write(&client(&[]), &partition(&name, 0), 0..1);
    assert_eq!(member.records(1).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_the_source_says_so_and_closes_in_time() {
    let mut away = settings(&unused_name());
    away.brokers = "127.0.0.1:1".to_owned();
    let mut member = Member::join(&away);
    let event = timeout(PATIENCE, member.source.next(true)).await.unwrap();
    assert!(matches!(event, SourceEvent::Unavailable(_)), "{event:?}");
    let lookup = member.source.lookup();
    lookup.partitions("any").await.unwrap_err();
    let closing = Instant::now();
    member.source.close().await;
    assert!(closing.elapsed() < Duration::from_secs(6), "{:?}", closing.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_whose_broker_went_away_closes_in_time() {
    let (cluster, mut member) = member_of_a_mock(&[]).await;
    drop(cluster);
    while !matches!(member.source.next(true).await, SourceEvent::Unavailable(_)) {}
    let closing = Instant::now();
    member.source.close().await;
    assert!(closing.elapsed() < Duration::from_secs(6), "{:?}", closing.elapsed());
}

/// A cluster in memory, and a member that reads its only topic.
async fn member_of_a_mock(properties: &[(&str, &str)]) -> (MockCluster<'static, DefaultProducerContext>, Member) {
    let name = unused_name();
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(&name, 1, 1).unwrap();
    let mut mocked = settings(&name);
    mocked.brokers = cluster.bootstrap_servers();
    let pair = |&(key, value): &(&str, &str)| (key.to_owned(), value.to_owned());
    mocked.properties.extend(properties.iter().map(pair));
    let mut member = Member::join(&mocked);
    let all = member.assigned(1).await;
    member.start(&all, 0);
    (cluster, member)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_the_group_dropped_loses_its_partitions_at_once_and_joins_again() {
    let (cluster, mut member) = member_of_a_mock(&[("session.timeout.ms", "6000")]).await;
    cluster.request_errors(
        RDKafkaApiKey::Heartbeat,
        &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID],
    );
    let event = member.event().await;
    let SourceEvent::Lost(lost) = event else {
        panic!("{event:?}")
    };
    let again = member.assigned(1).await;
    assert_eq!(again, lost);
    member.start(&again, 0);
    let waiting = member.before(Instant::now() + Duration::from_secs(1), true).await;
    assert!(waiting.is_none(), "{waiting:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_whose_static_name_another_one_took_is_told_that_it_is_over() {
    let (cluster, mut member) = member_of_a_mock(&[("group.instance.id", "one")]).await;
    cluster.request_errors(
        RDKafkaApiKey::Heartbeat,
        &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID],
    );
    let event = member.event().await;
    assert!(matches!(event, SourceEvent::Fatal(_)), "{event:?}");
    let closing = Instant::now();
    member.source.close().await;
    assert!(closing.elapsed() < Duration::from_secs(6), "{:?}", closing.elapsed());
}
