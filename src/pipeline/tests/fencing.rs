//! Batches that another worker's claim makes fail, and commits without an answer.

use super::fake::{Command, Fate, Held};
use super::world::{World, at, plays, quiet};
use crate::position::Epoch;
use tokio::time::Instant;

/// Somebody else claims the partition.
fn take_over(world: &World, partition: i32) {
    world.store.set(&plays(partition), |position| position.epoch.0 += 1);
}

#[tokio::test(start_paused = true)]
async fn partitions_beside_a_fenced_one_go_on_at_once_and_it_is_claimed_back_after_five_seconds() {
    let world = World::of_one_lane(3);
    let worker = world.worker();
    worker.source.assign(&[plays(0), plays(2)]);
    quiet().await;
    take_over(&world, 0);
    let start = Instant::now();
    world.append([0, 2], 110);
    at(start, 1.0).await;
    world.assert_all_stored(&plays(2));
    assert_eq!(world.store.stored(&plays(0)), [0; 0]);
    at(start, 4.9).await;
    assert_eq!(world.store.position(&plays(0)).epoch, Epoch(2));
    at(start, 5.5).await;
    assert_eq!(world.store.position(&plays(0)).epoch, Epoch(3));
    world.assert_all_stored(&plays(0));
    world.append([0, 2], 10);
    at(start, 7.0).await;
    world.assert_each_stored([0, 2]);
}

#[tokio::test(start_paused = true)]
async fn what_continues_a_fenced_batch_is_dropped_unwritten() {
    let world = World::new(1);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    quiet().await;
    world.store.hold(Held::Lane(0));
    world.append([0], 250);
    quiet().await;
    take_over(&world, 0);
    world.store.let_go(Held::Lane(0));
    at(Instant::now(), 4.0).await;
    assert_eq!(world.store.attempts().len(), 1);
    assert_eq!(worker.board.look().buffer_bytes, 0);
    at(Instant::now(), 2.0).await;
    world.assert_all_stored(&plays(0));
}

#[tokio::test(start_paused = true)]
async fn a_fenced_partition_that_the_group_takes_away_is_not_claimed_back() {
    let world = World::of_one_lane(3);
    let worker = world.worker();
    worker.source.assign(&[plays(0), plays(2)]);
    quiet().await;
    take_over(&world, 0);
    take_over(&world, 2);
    world.append([0, 2], 10);
    at(Instant::now(), 1.0).await;
    worker.source.lose(&[plays(0)]);
    worker.source.revoke(&[plays(2)]);
    at(Instant::now(), 60.0).await;
    assert_eq!(
        [0, 2].map(|partition| world.store.position(&plays(partition)).epoch),
        [Epoch(2); 2]
    );
    assert_eq!(worker.source.commands().last(), Some(&Command::Release(plays(2))));
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_was_frozen_and_its_successor_do_not_fight() {
    let world = World::new(1);
    let frozen = world.worker();
    let successor = world.worker();
    frozen.source.assign(&[plays(0)]);
    world.log.append(&plays(0), 100);
    quiet().await;
    world.store.hold(Held::Lane(0));
    world.log.append(&plays(0), 100);
    quiet().await;
    successor.source.assign(&[plays(0)]);
    at(Instant::now(), 1.0).await;
    world.store.let_go(Held::Lane(0));
    at(Instant::now(), 3.0).await;
    // the group tells the frozen worker late, but before it claims the partition back
    frozen.source.lose(&[plays(0)]);
    for _ in 0..20 {
        world.log.append(&plays(0), 10);
        at(Instant::now(), 1.0).await;
    }
    world.assert_all_stored(&plays(0));
    assert_eq!(world.store.position(&plays(0)).epoch, Epoch(2), "two claims in all");
}

#[tokio::test(start_paused = true)]
async fn two_workers_that_both_think_they_own_a_partition_store_nothing_twice() {
    let world = World::new(1);
    let (one, two) = (world.worker(), world.worker());
    one.source.assign(&[plays(0)]);
    two.source.assign(&[plays(0)]);
    for _ in 0..200 {
        world.log.append(&plays(0), 10);
        at(Instant::now(), 0.3).await;
    }
    let claims = world.store.claims_of(&plays(0));
    assert!(
        (10..=26).contains(&claims),
        "{claims} claims in a minute, one in five seconds at most by each"
    );
    two.source.lose(&[plays(0)]);
    at(Instant::now(), 12.0).await;
    world.assert_all_stored(&plays(0));
}

#[tokio::test(start_paused = true)]
async fn a_position_that_went_back_in_a_failover_is_read_again_from_there() {
    let world = World::new(1);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    world.log.append(&plays(0), 50);
    at(Instant::now(), 1.0).await;
    world.store.set(&plays(0), |position| position.next_offset = 20);
    world.log.append(&plays(0), 10);
    at(Instant::now(), 2.0).await;
    let again: Vec<i64> = (0..50).chain(20..60).collect();
    assert_eq!(world.store.stored(&plays(0)), again);
}

#[tokio::test(start_paused = true)]
async fn a_commit_without_an_answer_is_stored_once() {
    let world = World::new(1);
    world.store.fates([Fate::Commits, Fate::LosesAnswer, Fate::LosesAnswer]);
    world.log.append(&plays(0), 350);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    at(Instant::now(), 3.0).await;
    world.assert_all_stored(&plays(0));
    assert_eq!(world.store.claims_of(&plays(0)), 1, "nobody was fenced");
    assert_eq!(worker.source.commands().last(), Some(&Command::Hint(plays(0), 350)));
}

#[tokio::test(start_paused = true)]
async fn positions_in_doubt_fence_nothing_and_what_was_taken_in_is_stored_first() {
    let world = World::new(3);
    let worker = world.worker();
    // the first and the last in one lane
    worker.source.assign(&[0, 1, 2].map(plays));
    quiet().await;
    world.store.hold(Held::Lane(0));
    world.append([0, 2], 130);
    quiet().await;
    // the log loses what is in memory only, and the client notices: its next fetch is out of range
    world.log.append(&plays(0), 100);
    world.log.retain_from(&plays(0), 230);
    worker.source.inject(crate::pipeline::SourceEvent::PositionsInDoubt);
    at(Instant::now(), 2.0).await;
    world.store.let_go(Held::Lane(0));
    at(Instant::now(), 2.0).await;
    assert_eq!(world.store.stored(&plays(2)), world.log.offsets(&plays(2), 0, 130));
    let stored = world.store.stored(&plays(0));
    assert!(
        stored.len() >= 130 && stored.iter().copied().eq((0..).take(stored.len())),
        "{stored:?}"
    );
    assert_eq!(world.store.position(&plays(2)).epoch, Epoch(2));
}
