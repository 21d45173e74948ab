//! Positions that the log does not hold.

use super::fake::{Command, Fate};
use super::world::{Running, World, at, plays, quiet};
use crate::pipeline::{FailureKind, OnGap};
use crate::position::Epoch;
use tokio::time::Instant;

/// Two partitions of one lane; 40 records of the first are gone before any of them is stored.
async fn with_a_gap(world: &World) -> Running {
    world.append([0, 2], 60);
    for partition in [0, 2] {
        world.store.set(&plays(partition), |_| {});
    }
    world.log.retain_from(&plays(0), 40);
    let worker = world.worker();
    worker.source.assign(&[plays(0), plays(2)]);
    at(Instant::now(), 1.0).await;
    worker
}

#[tokio::test(start_paused = true)]
async fn a_gap_halts_its_partition_and_no_other_and_says_why_to_everybody() {
    let world = World::of_one_lane(3);
    let worker = with_a_gap(&world).await;
    world.assert_all_stored(&plays(2));
    assert_eq!(world.store.stored(&plays(0)), [0; 0]);
    let why = "the log begins at 40 and no longer holds the 40 records from 0 on";
    assert_eq!(world.store.position(&plays(0)).halted.unwrap(), format!("gap: {why}"));
    let status = worker.status(&plays(0));
    assert_eq!((status.halted.unwrap().cause, status.gap_records), ("gap", 40));
    assert!(status.paused.contains("halted"));
    assert_eq!(
        worker.wrong("partitions").unwrap(),
        format!("plays[0] halted (gap): {why}")
    );
}

#[tokio::test(start_paused = true)]
async fn a_gap_that_may_be_skipped_moves_the_position_and_is_counted() {
    let mut world = World::of_one_lane(3);
    world.settings.on_gap = OnGap::Skip;
    let worker = with_a_gap(&world).await;
    world.assert_each_stored([0, 2]);
    assert_eq!(world.store.stored(&plays(0))[0], 40);
    assert_eq!(worker.status(&plays(0)).gap_records, 40);
    assert_eq!(worker.wrong("partitions"), None);
}

#[tokio::test(start_paused = true)]
async fn a_gap_that_opens_while_the_partition_is_read_halts_it_too() {
    let world = World::new(1);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    quiet().await;
    world.append([0], 100);
    at(Instant::now(), 1.0).await;
    world.log.retain_from(&plays(0), 130);
    at(Instant::now(), 1.0).await;
    assert_eq!(worker.status(&plays(0)).gap_records, 30);
    assert!(world.store.position(&plays(0)).halted.is_some());
    assert_eq!(worker.source.commands().last(), Some(&Command::Pause(plays(0))));
}

#[tokio::test(start_paused = true)]
async fn a_position_beyond_the_end_halts_the_partition_as_a_mismatch() {
    let world = World::new(1);
    world.append([0], 10);
    world.store.set(&plays(0), |position| position.next_offset = 500);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    at(Instant::now(), 1.0).await;
    let why = "the position is 500, but the log ends at 10: the topic was made anew";
    assert_eq!(
        world.store.position(&plays(0)).halted.unwrap(),
        format!("mismatch: {why}")
    );
    assert_eq!(worker.status(&plays(0)).halted.unwrap().detail, why);
    assert_eq!(worker.source.commands(), []);
}

#[tokio::test(start_paused = true)]
async fn a_topic_made_anew_that_is_longer_than_the_position_is_known_by_the_last_stored_record() {
    let mut world = World::new(2);
    // a gap may be skipped; this is none
    world.settings.on_gap = OnGap::Skip;
    world.append([0, 1], 10);
    let worker = world.worker();
    worker.source.assign(&[plays(0), plays(1)]);
    at(Instant::now(), 1.0).await;
    worker.stop().await;
    world.log.delete_partition(&plays(0));
    world.log.append_of(&plays(0), 50, 1, 1_800_000_000_000);
    world.append([1], 10);
    let worker = world.worker();
    worker.source.assign(&[plays(0), plays(1)]);
    at(Instant::now(), 1.0).await;
    let why = "at offset 9, where the last stored record was, the log holds another: the topic was made anew";
    assert_eq!(worker.status(&plays(0)).halted.unwrap().detail, why);
    assert_eq!(world.store.position(&plays(0)).next_offset, 10);
    world.assert_all_stored(&plays(1));
}

#[tokio::test(start_paused = true)]
async fn a_log_that_no_longer_holds_the_last_stored_record_is_read_on() {
    let world = World::new(1);
    world.append([0], 10);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    at(Instant::now(), 1.0).await;
    worker.stop().await;
    world.append([0], 5);
    world.log.retain_from(&plays(0), 10);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    at(Instant::now(), 1.0).await;
    assert_eq!(worker.wrong("partitions"), None);
    assert_eq!(world.store.position(&plays(0)).next_offset, 15);
}

#[tokio::test(start_paused = true)]
async fn a_halted_partition_stays_halted_after_the_next_claim_until_a_person_resumes_it() {
    let world = World::new(1);
    let why = "flood: 500 faulty records in a row";
    world
        .store
        .set(&plays(0), |position| position.halted = Some(why.to_owned()));
    world.append([0], 10);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    at(Instant::now(), 600.0).await;
    assert_eq!(worker.status(&plays(0)).halted.unwrap().cause, "flood");
    assert_eq!(worker.source.commands(), []);
    world.store.set(&plays(0), |position| position.halted = None);
    at(Instant::now(), 6.0).await;
    world.assert_all_stored(&plays(0));
    assert_eq!(worker.wrong("partitions"), None);
    assert!(worker.status(&plays(0)).paused.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_halt_is_stored_however_often_that_fails() {
    let world = World::new(1);
    world.append([0], 60);
    world.store.set(&plays(0), |_| {});
    world.log.retain_from(&plays(0), 40);
    // the claim goes through, the look too; then the database is away
    let mut calls = 0;
    world.store.leave_to(Some(Box::new(move || {
        calls += 1;
        let fails = (3..40).contains(&calls);
        let fate = if fails {
            Fate::Fails(FailureKind::Outage)
        } else {
            Fate::Commits
        };
        (std::time::Duration::ZERO, fate)
    })));
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    at(Instant::now(), 2.0).await;
    assert_eq!(world.store.position(&plays(0)).halted, None);
    at(Instant::now(), 600.0).await;
    assert!(world.store.position(&plays(0)).halted.is_some());
    assert_eq!(worker.status(&plays(0)).halted.unwrap().cause, "gap");
    assert_eq!(world.store.claims_of(&plays(0)), 1);
}

#[tokio::test(start_paused = true)]
async fn a_skip_that_fails_is_repeated_at_a_distance() {
    let mut world = World::new(1);
    world.settings.on_gap = OnGap::Skip;
    world.append([0], 60);
    world.store.set(&plays(0), |_| {});
    world.log.retain_from(&plays(0), 40);
    let mut calls = 0;
    world.store.leave_to(Some(Box::new(move || {
        calls += 1;
        let fate = if (2..30).contains(&calls) {
            Fate::Fails(FailureKind::Outage)
        } else {
            Fate::Commits
        };
        (std::time::Duration::ZERO, fate)
    })));
    let _worker = {
        let worker = world.worker();
        worker.source.assign(&[plays(0)]);
        worker
    };
    at(Instant::now(), 600.0).await;
    world.assert_all_stored(&plays(0));
    assert!(world.store.position(&plays(0)).epoch <= Epoch(30));
}

#[tokio::test(start_paused = true)]
async fn a_record_that_cannot_be_read_halts_its_partition_and_no_other_until_it_can() {
    let world = World::new(3);
    world.append([0, 1, 2], 60);
    world.log.set_broken(&plays(0), 25, true);
    let worker = world.worker();
    worker.source.assign(&[plays(0), plays(1), plays(2)]);
    at(Instant::now(), 2.0).await;
    world.assert_each_stored([1, 2]);
    assert_eq!(world.store.stored(&plays(0)), world.log.offsets(&plays(0), 0, 25));
    let why = "from offset 25 on, offset 25 is broken";
    let halted = world.store.position(&plays(0)).halted.unwrap();
    assert_eq!(halted, format!("unreadable: {why}"));
    assert_eq!(
        worker.wrong("partitions").unwrap(),
        format!("plays[0] halted (unreadable): {why}")
    );
    world.log.set_broken(&plays(0), 25, false);
    world.store.set(&plays(0), |position| position.halted = None);
    at(Instant::now(), 10.0).await;
    world.assert_each_stored([0, 1, 2]);
    assert_eq!(worker.wrong("partitions"), None);
}

#[tokio::test(start_paused = true)]
async fn a_stored_record_that_cannot_be_read_any_more_is_no_hindrance() {
    let world = World::new(1);
    world.append([0], 30);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    at(Instant::now(), 1.0).await;
    worker.stop().await;
    world.log.set_broken(&plays(0), 29, true);
    world.append([0], 10);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    at(Instant::now(), 1.0).await;
    world.assert_all_stored(&plays(0));
    assert_eq!(worker.wrong("partitions"), None);
}
