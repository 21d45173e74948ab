//! Floods of records that are faulty in themselves. What a log in memory holds is no JSON, but for tombstones.

use super::fake::{Fate, Held};
use super::world::{Running, World, at, plays};
use crate::pipeline::FailureKind;
use tokio::time::Instant;

fn world(partitions: i32) -> World {
    let mut world = World::new(partitions);
    world.settings.flood_breaker = true;
    world
}

/// A worker that has read both partitions, or as much as it reads of them.
async fn reading(world: &World) -> Running {
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    at(Instant::now(), 3.0).await;
    worker
}

fn halted(world: &World) -> Option<String> {
    world.store.position(&plays(0)).halted
}

/// The partition stands still right behind a record, with everything up to it stored.
fn assert_halted_behind(world: &World, offset: i64, why: &str) {
    let why = format!("flood: {why}, up to offset {offset}, are faulty in themselves");
    assert_eq!(halted(world).as_deref(), Some(why.as_str()));
    assert_eq!(world.store.position(&plays(0)).next_offset, offset + 1);
    world.assert_stored_once(&plays(0));
}

#[tokio::test(start_paused = true)]
async fn a_flood_halts_its_partition_right_behind_the_record_that_tripped_the_breaker_and_no_other() {
    let mut world = world(3);
    world.settings.lanes = 1;
    world.append([0], 2_000);
    world.log.append_tombstones(&plays(2), 2_000);
    let worker = world.worker();
    worker.source.assign(&[plays(0), plays(2)]);
    at(Instant::now(), 3.0).await;
    assert_halted_behind(&world, 499, "500 records in a row");
    world.assert_all_stored(&plays(2));
    assert_eq!(worker.status(&plays(0)).halted.unwrap().cause, "flood");
    assert!(
        worker
            .wrong("partitions")
            .unwrap()
            .starts_with("plays[0] halted (flood): 500 records")
    );
    // nothing was refused for it
    assert_eq!(world.store.claims_of(&plays(2)), 1);
}

#[tokio::test(start_paused = true)]
async fn more_than_half_of_the_last_thousand_are_a_flood_and_half_of_them_are_none() {
    let world = world(1);
    for _ in 0..2_000 {
        world.append([0], 1);
        world.log.append_tombstones(&plays(0), 1);
    }
    let _worker = reading(&world).await;
    assert_eq!(halted(&world), None);
    world.assert_all_stored(&plays(0));
    // the oldest of the last thousand is faulty, and a sound one leaves with the next but one
    world.append([0], 10);
    at(Instant::now(), 3.0).await;
    assert_halted_behind(&world, 4_001, "501 of the last 1000 records");
}

#[tokio::test(start_paused = true)]
async fn whoever_claims_the_partition_next_counts_on_from_the_stored_letters() {
    let world = world(1);
    world.append([0], 1_000);
    world.store.set(&plays(0), |position| {
        position.next_offset = 300;
        position.faulty = (0..300).collect();
    });
    let _worker = reading(&world).await;
    assert_halted_behind(&world, 499, "500 records in a row");
}

#[tokio::test(start_paused = true)]
async fn records_before_the_offset_from_which_the_breaker_counts_are_let_through() {
    let world = world(1);
    world.append([0], 2_000);
    world.store.set(&plays(0), |position| {
        position.next_offset = 500;
        position.faulty = (0..500).collect();
        position.breaker_from = Some(1_200);
    });
    let _worker = reading(&world).await;
    assert_halted_behind(&world, 1_699, "500 records in a row");
}

#[tokio::test(start_paused = true)]
async fn records_that_only_the_database_refuses_count_too() {
    let world = world(1);
    world.log.append_tombstones(&plays(0), 3_000);
    world.store.refuse(1_000..2_000);
    let worker = reading(&world).await;
    let why = "flood: 500 records in a row, up to offset 1499, are faulty in themselves";
    assert_eq!(halted(&world).as_deref(), Some(why));
    // what had been taken in by then is stored, too
    let position = world.store.position(&plays(0)).next_offset;
    assert!((1_500..2_400).contains(&position), "{position}");
    world.assert_stored_once(&plays(0));
    assert_eq!(worker.status(&plays(0)).halted.unwrap().cause, "flood");
}

#[tokio::test(start_paused = true)]
async fn a_flood_whose_batch_is_given_up_is_read_again_and_trips_the_breaker_again() {
    let mut world = world(1);
    world.settings.batch.max_rows = 300;
    world.append([0], 1_000);
    // the breaker trips while the first batch is under way
    world.store.hold(Held::Lane(0));
    world.store.fates([Fate::Fails(FailureKind::Fenced)]);
    let worker = reading(&world).await;
    assert_eq!(
        worker.source.delivered(&plays(0)),
        1_000,
        "what follows the trip is not taken in"
    );
    world.store.let_go(Held::Lane(0));
    at(Instant::now(), 10.0).await;
    assert_halted_behind(&world, 499, "500 records in a row");
}

#[tokio::test(start_paused = true)]
async fn without_the_breaker_a_whole_topic_may_become_letters() {
    let world = World::new(1);
    world.append([0], 5_000);
    let _worker = reading(&world).await;
    world.assert_all_stored(&plays(0));
    assert_eq!(halted(&world), None);
}
