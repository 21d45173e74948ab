//! Partitions move between members of the group.

use std::collections::BTreeSet;
use std::time::Duration;

use audiohm_ingest::pipeline::{Source, SourceEvent};
use audiohm_ingest::position::TopicPartition;
use tokio::time::{Instant, sleep};

use crate::support::{Member, client, partition, settings, topic, write};

/// Stands for a database that is slow to claim or to finish.
const SLOW: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread")]
async fn partitions_move_to_a_second_member_although_both_answer_seconds_late() {
    let topic = topic(4).await;
    let producer = client(&[]);
    let of = |id| partition(&topic, id);
    (0..4).for_each(|id| write(&producer, &of(id), 0..100));
    let mut first = Member::join(&settings(&topic));
    let all = first.assigned(4).await;
    sleep(SLOW).await;
    first.start(&all, 0);
    assert_eq!(first.records(400).await.len(), 4);

    let mut second = Member::join(&settings(&topic));
    let moving = first.revoked().await;
    assert_eq!(moving.len(), 2);
    sleep(SLOW).await;
    first.source.release(moving.clone());
    let got = second.assigned(2).await;
    assert_eq!(
        got,
        moving
            .iter()
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );

    // the first member goes on while the second is slow
    (0..4).for_each(|id| write(&producer, &of(id), 100..200));
    let kept: Vec<TopicPartition> = all.iter().filter(|of| !moving.contains(of)).cloned().collect();
    let more = first.records(200).await;
    assert!(more.keys().eq(kept.iter()));
    assert!(
        more.values()
            .all(|records| records[0].offset == 100 && records.len() == 100)
    );
    sleep(SLOW).await;
    second.start(&got, 100);
    let theirs = second.records(200).await;
    assert!(theirs.keys().eq(got.iter()));
    assert!(
        theirs
            .values()
            .all(|records| records[0].offset == 100 && records.len() == 100)
    );

    // and comes back to everything when the second leaves
    second.source.close().await;
    let back = first.assigned(2).await;
    assert_eq!(back, got);
    first.start(&back, 200);
    (0..4).for_each(|id| write(&producer, &of(id), 200..210));
    assert_eq!(first.records(40).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_that_were_never_started_move_too() {
    let topic = topic(2).await;
    let producer = client(&[]);
    (0..2).for_each(|id| write(&producer, &partition(&topic, id), 0..10));
    let mut first = Member::join(&settings(&topic));
    first.assigned(2).await;
    let mut second = Member::join(&settings(&topic));
    let moving = first.revoked().await;
    first.source.release(moving.clone());
    let got = second.assigned(1).await;
    assert_eq!(got, moving);
    second.start(&got, 0);
    assert_eq!(second.records(10).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_longer_ours_cannot_be_started() {
    let topic = topic(2).await;
    let producer = client(&[]);
    let mut first = Member::join(&settings(&topic));
    let all = first.assigned(2).await;
    let _second = Member::join(&settings(&topic));
    let moving = first.revoked().await;
    first.source.release(moving);
    // both, although one has gone: only the one that is left delivers
    first.start(&all, 0);
    (0..2).for_each(|id| write(&producer, &partition(&topic, id), 0..10));
    assert_eq!(first.records(10).await.len(), 1);
    let until = Instant::now() + Duration::from_secs(1);
    while let Some(event) = first.before(until, true).await {
        assert!(matches!(event, SourceEvent::Drained { .. }), "{event:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seek_during_a_revocation_does_not_answer_it() {
    let topic = topic(2).await;
    let producer = client(&[]);
    (0..2).for_each(|id| write(&producer, &partition(&topic, id), 0..20));
    let mut first = Member::join(&settings(&topic));
    let all = first.assigned(2).await;
    first.start(&all, 0);
    first.records(40).await;
    let mut second = Member::join(&settings(&topic));
    let moving = first.revoked().await;
    let kept: Vec<_> = all.into_iter().filter(|of| !moving.contains(of)).collect();
    let again = first.start(&kept, 5);
    // the group must not give the partition away before its release
    let event = second.before(Instant::now() + SLOW, true).await;
    assert!(event.is_none(), "{event:?}");
    first.source.release(moving.clone());
    assert_eq!(second.assigned(1).await, moving);
    let chunk = first.chunk().await;
    assert_eq!((chunk.partition, chunk.generation), (kept[0].clone(), again));
    assert_eq!(chunk.records[0].offset, 5);
}
