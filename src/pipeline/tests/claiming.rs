//! From an assigned partition to one that is read.

use super::fake::{Command, FakeLog, Held};
use super::world::{World, at, plays, quiet};
use crate::pipeline::{End, FailureKind, SourceEvent};
use crate::position::{Epoch, Generation, TopicPartition};
use crate::record::{Chunk, Record};
use tokio::time::Instant;

/// A chunk of records without content.
fn chunk(partition: &TopicPartition, generation: Generation, offsets: std::ops::Range<i64>) -> SourceEvent {
    let record = |offset| Record {
        offset,
        ..Record::default()
    };
    SourceEvent::Chunk(Chunk {
        partition: partition.clone(),
        generation,
        records: offsets.map(record).collect(),
        bytes: 0,
    })
}

#[tokio::test(start_paused = true)]
async fn a_partition_is_read_from_where_the_group_has_stored_it_and_under_a_new_epoch() {
    let world = World::new(1);
    world.log.append(&plays(0), 20);
    world.store.set(&plays(0), |position| {
        (position.next_offset, position.epoch) = (7, Epoch(3));
    });
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    at(Instant::now(), 1.0).await;
    assert_eq!(worker.source.commands()[0], Command::Start(plays(0), 7));
    assert_eq!(world.store.position(&plays(0)).epoch, Epoch(4));
    assert_eq!(world.store.stored(&plays(0)), (7..20).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_reading_delivers_late_is_not_taken_in() {
    let world = World::new(1);
    world.log.append(&plays(0), 10);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    at(Instant::now(), 1.0).await;
    let earlier = worker.source.generation(&plays(0));
    worker.source.lose(&[plays(0)]);
    worker.source.assign(&[plays(0)]);
    at(Instant::now(), 1.0).await;
    assert_ne!(worker.source.generation(&plays(0)), earlier);
    // had the pipeline believed these, records 10 to 49 would be lost
    worker.source.inject(chunk(&plays(0), earlier, 50..60));
    worker.source.inject(SourceEvent::Drained {
        partition: plays(0),
        generation: earlier,
        next_offset: 70,
    });
    at(Instant::now(), 1.0).await;
    assert_eq!(world.store.position(&plays(0)).next_offset, 10);
    world.log.append(&plays(0), 100);
    at(Instant::now(), 1.0).await;
    world.assert_all_stored(&plays(0));
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_is_new_to_the_group_begins_at_all_its_initial_offsets_at_once() {
    let world = World::new(3);
    world.log.begin_at_end();
    world.append(0..3, 5);
    let worker = world.worker();
    worker.source.assign(&[plays(1)]);
    quiet().await;
    assert_eq!(world.store.known(), [plays(0), plays(1), plays(2)]);
    world.append(0..3, 2);
    let other = world.worker();
    other.source.assign(&[plays(0), plays(2)]);
    at(Instant::now(), 1.0).await;
    (0..3).for_each(|partition| assert_eq!(world.store.stored(&plays(partition)), [5, 6]));
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_is_added_to_a_topic_begins_at_its_beginning() {
    let world = World::new(1);
    world.log.begin_at_end();
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    quiet().await;
    world.log.grow("plays", 2);
    world.log.append(&plays(1), 9);
    world.log.retain_from(&plays(1), 3);
    worker.source.assign(&[plays(1)]);
    at(Instant::now(), 1.0).await;
    assert_eq!(world.store.stored(&plays(1)), [3, 4, 5, 6, 7, 8]);
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_fails_is_repeated_and_readiness_says_why() {
    let world = World::new(2);
    world.store.set_broken(Some(FailureKind::Outage));
    let worker = world.worker();
    worker.source.assign(&[plays(0), plays(1)]);
    at(Instant::now(), 600.0).await;
    assert_eq!(worker.wrong("database").unwrap(), "the database fails: Outage");
    assert!(worker.status(&plays(0)).paused.contains("database"));
    world.store.set_broken(None);
    world.log.append(&plays(1), 5);
    at(Instant::now(), 31.0).await;
    assert_eq!(worker.wrong("database"), None);
    assert!(worker.status(&plays(0)).paused.is_empty());
    world.assert_all_stored(&plays(1));
    assert_eq!(world.store.claims_of(&plays(0)), 1);
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_is_revoked_while_it_is_claimed_is_released_after_the_claim() {
    let world = World::new(1);
    let worker = world.worker();
    world.store.hold(Held::Claims);
    worker.source.assign(&[plays(0)]);
    quiet().await;
    worker.source.revoke(&[plays(0)]);
    at(Instant::now(), 2.0).await;
    // a claim that came through after the release would fence the next owner
    assert_eq!(worker.source.commands(), []);
    world.store.let_go(Held::Claims);
    quiet().await;
    assert_eq!(worker.source.commands(), [Command::Release(plays(0))]);
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_hangs_holds_up_a_release_for_ten_seconds_at_most() {
    let world = World::new(1);
    let worker = world.worker();
    world.store.hold(Held::Claims);
    worker.source.assign(&[plays(0)]);
    quiet().await;
    let start = Instant::now();
    worker.source.revoke(&[plays(0)]);
    at(start, 9.99).await;
    assert_eq!(worker.source.commands(), []);
    at(start, 10.01).await;
    assert_eq!(worker.source.commands(), [Command::Release(plays(0))]);
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_is_gone_is_not_claimed_any_more_once_the_database_is_back() {
    let world = World::new(2);
    world.store.set_broken(Some(FailureKind::Outage));
    let worker = world.worker();
    worker.source.assign(&[plays(0), plays(1)]);
    at(Instant::now(), 60.0).await;
    worker.source.revoke(&[plays(0)]);
    worker.source.lose(&[plays(1)]);
    quiet().await;
    assert_eq!(worker.source.commands(), [Command::Release(plays(0))]);
    world.store.set_broken(None);
    at(Instant::now(), 60.0).await;
    assert_eq!(
        (world.store.claims_of(&plays(0)), world.store.claims_of(&plays(1))),
        (0, 0)
    );
    assert_eq!(worker.wrong("database"), None);
}

#[tokio::test(start_paused = true)]
async fn what_the_owner_before_stores_during_a_claim_is_not_taken_for_a_topic_made_anew() {
    let world = World::new(1);
    world.store.set(&plays(0), |position| position.next_offset = 0);
    world.store.hold(Held::Claims);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    quiet().await;
    world.log.append(&plays(0), 30);
    world.store.set(&plays(0), |position| position.next_offset = 30);
    world.store.let_go(Held::Claims);
    quiet().await;
    assert_eq!(worker.source.commands(), [Command::Start(plays(0), 30)]);
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_is_not_there_does_not_keep_the_others_waiting() {
    let mut world = World::new(1);
    world.log = FakeLog::new(&["likes", "plays"], 1);
    let likes = TopicPartition::new("likes", 0);
    world.log.append(&plays(0), 5);
    let worker = world.worker();
    world.log.delete("likes");
    worker.source.assign(&[likes.clone(), plays(0)]);
    at(Instant::now(), 1.0).await;
    world.assert_all_stored(&plays(0));
    assert_eq!(worker.wrong("broker").unwrap(), "the log does not list likes[0]");
    world.log.grow("likes", 1);
    world.log.append(&likes, 5);
    at(Instant::now(), 60.0).await;
    world.assert_all_stored(&likes);
    assert_eq!(worker.wrong("broker"), None);
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_is_assigned_twice_begins_anew_and_nothing_is_stored_twice() {
    let world = World::new(2);
    world.log.append(&plays(0), 30);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    quiet().await;
    worker.source.assign(&[plays(0)]);
    at(Instant::now(), 1.0).await;
    world.assert_all_stored(&plays(0));
    assert_eq!(world.store.claims_of(&plays(0)), 2);
    assert_eq!(worker.stop().await, End::Stopped);
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_is_back_is_noticed_without_any_event_of_the_group() {
    let world = World::new(1);
    let worker = world.worker();
    quiet().await;
    assert!(worker.wrong("broker").is_some(), "the group has not let the worker in");
    worker.source.assign(&[]);
    quiet().await;
    assert_eq!((worker.wrong("broker"), worker.wrong("database")), (None, None));
    world.log.set_down(Some("the broker does not answer"));
    worker.source.unavailable("all brokers are down");
    quiet().await;
    assert_eq!(worker.wrong("broker").unwrap(), "all brokers are down");
    at(Instant::now(), 6.0).await;
    assert_eq!(worker.wrong("broker").unwrap(), "the broker does not answer");
    world.log.set_down(None);
    at(Instant::now(), 6.0).await;
    assert_eq!(worker.wrong("broker"), None);
}
