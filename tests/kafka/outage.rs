//! Brokers and topics that are away.

use std::time::Duration;

use audiohm_ingest::kafka::ensure_topics;
use audiohm_ingest::pipeline::{Lookup, Source, SourceEvent};
use rdkafka::mocking::MockCluster;
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
    let name = unused_name();
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(&name, 1, 1).unwrap();
    let mut mocked = settings(&name);
    mocked.brokers = cluster.bootstrap_servers();
    let mut member = Member::join(&mocked);
    let all = member.assigned(1).await;
    member.start(&all, 0);
    drop(cluster);
    // a revocation that nobody answered must not hold it up either
    while !matches!(member.source.next(true).await, SourceEvent::Unavailable(_)) {}
    let closing = Instant::now();
    member.source.close().await;
    assert!(closing.elapsed() < Duration::from_secs(6), "{:?}", closing.elapsed());
}
