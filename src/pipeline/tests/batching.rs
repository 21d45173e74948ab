//! Records become batches, and batches become positions.

use super::fake::{Command, Fate, Held};
use super::world::{World, at, plays, quiet};
use crate::pipeline::{End, FailureKind};
use chrono::Utc;
use tokio::time::Instant;

fn sizes(world: &World) -> Vec<usize> {
    world
        .store
        .commits()
        .iter()
        .map(|commit| commit.offsets.len())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_written_as_soon_as_it_has_enough_records() {
    let world = World::new(1);
    world.log.append(&plays(0), 250);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    quiet().await;
    assert_eq!(sizes(&world), [100, 100]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_written_as_soon_as_it_has_enough_bytes() {
    let mut world = World::new(1);
    world.settings.batch.max_bytes = 10_000;
    world.log.append_of(&plays(0), 15, 1_000, 0);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    quiet().await;
    let [size] = sizes(&world)[..] else {
        panic!("not one batch: {:?}", sizes(&world))
    };
    assert!((7..=10).contains(&size), "{size} records of 1 kB");
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_written_when_its_first_record_has_waited_long_enough() {
    let world = World::new(1);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    quiet().await;
    let start = Instant::now();
    world.log.append(&plays(0), 3);
    at(start, 0.15).await;
    world.log.append(&plays(0), 2);
    at(start, 0.199).await;
    assert_eq!(sizes(&world), [0; 0]);
    at(start, 0.202).await;
    assert_eq!(sizes(&world), [5]);
    at(start, 5.0).await;
    assert_eq!(sizes(&world), [5]);
}

#[tokio::test(start_paused = true)]
async fn records_gather_while_their_lane_writes_and_are_written_at_once_after_that() {
    let world = World::new(1);
    let worker = world.worker();
    world.store.hold(Held::Lane(0));
    world.log.append(&plays(0), 1);
    worker.source.assign(&[plays(0)]);
    let start = Instant::now();
    at(start, 0.3).await;
    world.log.append(&plays(0), 50);
    at(start, 1.0).await;
    world.log.append(&plays(0), 20);
    quiet().await;
    world.store.let_go(Held::Lane(0));
    quiet().await;
    assert_eq!(sizes(&world), [1, 70]);
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_in_is_written_at_once_when_the_worker_is_told_to_stop() {
    let world = World::new(1);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    quiet().await;
    world.log.append(&plays(0), 3);
    quiet().await;
    let asked = Instant::now();
    let source = worker.source.clone();
    assert_eq!(worker.stop().await, End::Stopped);
    assert_eq!(asked.elapsed().as_millis(), 0);
    world.assert_all_stored(&plays(0));
    assert_eq!(source.commands()[1..], [Command::Hint(plays(0), 3), Command::Close]);
}

#[tokio::test(start_paused = true)]
async fn the_log_is_told_a_position_only_after_its_commit() {
    let world = World::new(1);
    let worker = world.worker();
    world.store.hold(Held::Lane(0));
    world.log.append(&plays(0), 150);
    worker.source.assign(&[plays(0)]);
    at(Instant::now(), 2.0).await;
    assert_eq!(worker.source.commands(), [Command::Start(plays(0), 0)]);
    world.store.let_go(Held::Lane(0));
    quiet().await;
    let hints = [100, 150].map(|next_offset| Command::Hint(plays(0), next_offset));
    assert_eq!(worker.source.commands()[1..], hints);
}

#[tokio::test(start_paused = true)]
async fn offsets_without_records_move_the_position() {
    let world = World::new(1);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    world.log.append(&plays(0), 11);
    world.log.append_markers(&plays(0), 7);
    at(Instant::now(), 1.0).await;
    assert_eq!(world.store.position(&plays(0)).next_offset, 18);
    world.log.append_markers(&plays(0), 2);
    at(Instant::now(), 1.0).await;
    assert_eq!(world.store.position(&plays(0)).next_offset, 20);
    world.log.append(&plays(0), 1);
    at(Instant::now(), 1.0).await;
    world.assert_all_stored(&plays(0));
    assert_eq!(sizes(&world), [11, 0, 1]);
}

#[tokio::test(start_paused = true)]
async fn the_lag_in_seconds_is_the_age_of_the_oldest_record_that_is_not_stored() {
    let mut world = World::new(1);
    world.settings.batch.max_rows = 10;
    world.chunk = 25;
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    world.store.hold(Held::Lane(0));
    let old = Utc::now().timestamp_millis() - 3_600_000;
    world.log.append_of(&plays(0), 10, 1, old);
    world.log.append_of(&plays(0), 22, 1, old + 1_800_000);
    let lag = || worker.status(&plays(0)).lag_seconds.unwrap();
    at(Instant::now(), 6.0).await;
    assert!((3_590.0..3_700.0).contains(&lag()), "{}", lag());
    world.store.fates([Fate::Commits, Fate::Fails(FailureKind::Outage)]);
    world.store.let_go(Held::Lane(0));
    quiet().await;
    assert!((1_790.0..1_900.0).contains(&lag()), "{}", lag());
    at(Instant::now(), 6.0).await;
    assert!(lag() < f64::EPSILON, "{}", lag());
}
