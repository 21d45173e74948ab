//! Questions about the log.

use std::collections::BTreeMap;

use audiohm_ingest::kafka::{InitialPosition, KafkaLookup, Topic, describe, ensure_topics};
use audiohm_ingest::pipeline::{Lookup, Source};
use audiohm_ingest::position::TopicPartition;

use crate::support::{Member, PATIENCE, client, partition, settings, topic, unused_name, write};

async fn initial(topic: &str, initial_position: InitialPosition) -> BTreeMap<TopicPartition, i64> {
    let mut settings = settings(topic);
    settings.initial_position = initial_position;
    KafkaLookup::open(&settings)
        .unwrap()
        .initial_offsets(topic)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_begins_at_the_oldest_the_newest_or_its_committed_record() {
    let topic = topic(2).await;
    let (first, second) = (partition(&topic, 0), partition(&topic, 1));
    write(&client(&[]), &first, 0..10);
    let of =
        |first_offset, second_offset| BTreeMap::from([(first.clone(), first_offset), (second.clone(), second_offset)]);
    assert_eq!(initial(&topic, InitialPosition::Earliest).await, of(0, 0));
    assert_eq!(initial(&topic, InitialPosition::Latest).await, of(10, 0));
    assert_eq!(initial(&topic, InitialPosition::Committed).await, of(0, 0));

    let mut member = Member::join(&settings(&topic));
    let all = member.assigned(2).await;
    member.start(&all, 0);
    member.source.hint(vec![(first.clone(), 7)]);
    member.source.hint(vec![(first.clone(), 4)]);
    member.source.close().await;
    assert_eq!(initial(&topic, InitialPosition::Committed).await, of(7, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_has_no_partitions_and_no_first_offset() {
    let name = unused_name();
    let lookup = KafkaLookup::open(&settings(&name)).unwrap();
    assert_eq!(lookup.partitions(&name).await.unwrap(), []);
    assert_eq!(lookup.initial_offsets(&name).await.unwrap(), BTreeMap::new());
    assert_eq!(lookup.watermarks(Vec::new()).await.unwrap(), BTreeMap::new());
    let unknown = lookup.watermarks(vec![partition(&name, 0)]);
    tokio::time::timeout(PATIENCE, unknown).await.unwrap().unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_are_made_once_and_described() {
    let (there, missing) = (topic(3).await, unused_name());
    let names = [there.clone(), missing.clone()];
    assert!(
        ensure_topics(&settings(&there), &names[..1], 5)
            .await
            .unwrap()
            .is_empty()
    );
    let mut cluster = describe(&settings(&there), &names).await.unwrap();
    assert_eq!(cluster.brokers, 1);
    let shown = cluster.topics[0].settings.take().unwrap();
    assert_eq!(shown["cleanup.policy"], "delete");
    let known = Topic {
        name: there,
        partitions: 3,
        leaderless: 0,
        settings: None,
    };
    assert_eq!(
        cluster.topics,
        [
            known,
            Topic {
                name: missing,
                partitions: 0,
                leaderless: 0,
                settings: None
            }
        ]
    );
}
