//! A pipeline that takes no records for a while.

use std::time::Duration;

use audiohm_ingest::pipeline::{Source, SourceEvent};
use tokio::time::Instant;

use crate::support::{Member, client, partition, settings, topic, write};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_channel_keeps_the_group_and_then_nothing_is_lost_or_doubled() {
    let topic = topic(2).await;
    let producer = client(&[]);
    (0..2).for_each(|id| write(&producer, &partition(&topic, id), 0..40_000));
    let mut tight = settings(&topic);
    // a member that did not poll for six seconds would be out of the group
    tight
        .properties
        .insert("max.poll.interval.ms".to_owned(), "6000".to_owned());
    tight
        .properties
        .insert("session.timeout.ms".to_owned(), "6000".to_owned());
    let mut member = Member::join(&tight);
    let all = member.assigned(2).await;
    member.start(&all, 0);
    let mut expected = [0_i64; 2];
    let mut take = |event: SourceEvent| {
        let SourceEvent::Chunk(chunk) = event else {
            panic!("{event:?}")
        };
        let at = &mut expected[usize::try_from(chunk.partition.partition).unwrap()];
        for record in &chunk.records {
            assert_eq!(record.offset, *at);
            *at += 1;
        }
        expected.iter().sum::<i64>()
    };
    for seconds in [9, 3] {
        let until = Instant::now() + Duration::from_secs(seconds);
        let event = member.before(until, false).await;
        assert!(event.is_none(), "{event:?}");
        for _ in 0..20 {
            take(SourceEvent::Chunk(member.chunk().await));
        }
    }
    // a pause of the pipeline outlives the pause for want of room
    member.source.pause(all.clone());
    let until = Instant::now() + Duration::from_secs(3);
    let event = member.before(until, true).await;
    assert!(event.is_none(), "{event:?}");
    member.source.resume(all);
    while take(member.event().await) < 80_000 {}
}
