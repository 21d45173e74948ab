//! Partitions that the group takes back, or takes away.

use super::fake::{Command, Held};
use super::world::{World, at, plays, quiet};
use crate::pipeline::FailureKind;
use crate::position::Epoch;
use tokio::time::Instant;

const HINTED_AND_RELEASED: [fn(i64) -> Command; 2] = [
    |next_offset| Command::Hint(plays(0), next_offset),
    |_| Command::Release(plays(0)),
];

#[tokio::test(start_paused = true)]
async fn what_waits_in_an_open_batch_is_stored_at_once_before_the_partition_is_released() {
    let world = World::new(1);
    world.log.append(&plays(0), 3);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    quiet().await;
    let start = Instant::now();
    worker.source.revoke(&[plays(0)]);
    at(start, 0.01).await;
    assert_eq!(
        worker.source.commands()[1..],
        HINTED_AND_RELEASED.map(|command| command(3))
    );
    world.assert_all_stored(&plays(0));
}

#[tokio::test(start_paused = true)]
async fn what_is_being_written_is_stored_before_the_partition_is_released() {
    let world = World::new(1);
    let worker = world.worker();
    world.store.hold(Held::Lane(0));
    world.log.append(&plays(0), 250);
    worker.source.assign(&[plays(0)]);
    quiet().await;
    worker.source.revoke(&[plays(0)]);
    world.log.append(&plays(0), 50);
    at(Instant::now(), 9.0).await;
    assert_eq!(worker.source.count(|command| *command == Command::Release(plays(0))), 0);
    world.store.let_go(Held::Lane(0));
    quiet().await;
    assert_eq!(worker.source.commands().last(), Some(&Command::Release(plays(0))));
    assert_eq!(
        world.store.position(&plays(0)).next_offset,
        250,
        "all that was taken in, and nothing after it"
    );
    world.assert_stored_once(&plays(0));
}

#[tokio::test(start_paused = true)]
async fn past_ten_seconds_a_partition_is_released_all_the_same_and_its_late_transaction_is_refused() {
    let world = World::of_one_lane(3);
    let worker = world.worker();
    let other = world.worker();
    world.store.hold(Held::Lane(0));
    world.append([0, 2], 120);
    worker.source.assign(&[plays(0), plays(2)]);
    quiet().await;
    let start = Instant::now();
    worker.source.revoke(&[plays(0)]);
    at(start, 9.99).await;
    assert_eq!(worker.source.count(|command| matches!(command, Command::Release(_))), 0);
    at(start, 10.01).await;
    assert_eq!(worker.source.commands().last(), Some(&Command::Release(plays(0))));
    other.source.assign(&[plays(0)]);
    quiet().await;
    world.store.let_go(Held::Lane(0));
    at(start, 12.0).await;
    // one batch held records of both; what the lane keeps is read again without waiting
    world.assert_each_stored([0, 2]);
    assert_eq!(world.store.commits()[0].lane, 1, "the late batch was refused");
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_nobody_knows_is_released_at_once() {
    let world = World::new(1);
    let worker = world.worker();
    worker.source.revoke(&[plays(0)]);
    quiet().await;
    assert_eq!(worker.source.commands(), [Command::Release(plays(0))]);
}

#[tokio::test(start_paused = true)]
async fn records_of_a_lost_partition_are_dropped_and_those_beside_them_are_read_again() {
    let world = World::of_one_lane(6);
    let worker = world.worker();
    let all = [0, 2, 4].map(plays);
    world.append([0, 2, 4], 20);
    worker.source.assign(&all);
    quiet().await;
    worker.source.lose(&[plays(0), plays(2)]);
    at(Instant::now(), 10.0).await;
    world.assert_all_stored(&plays(4));
    assert_eq!(world.store.stored(&plays(0)), [0; 0]);
    assert_eq!(
        [0, 2, 4].map(|partition| world.store.claims_of(&plays(partition))),
        [1, 1, 2]
    );
    assert_eq!(worker.source.count(|command| matches!(command, Command::Release(_))), 0);
}

#[tokio::test(start_paused = true)]
async fn losing_a_partition_does_not_disturb_other_lanes() {
    let world = World::new(2);
    let worker = world.worker();
    world.append([0, 1], 20);
    worker.source.assign(&[plays(0), plays(1)]);
    quiet().await;
    worker.source.lose(&[plays(0)]);
    at(Instant::now(), 10.0).await;
    world.assert_all_stored(&plays(1));
    assert_eq!(world.store.claims_of(&plays(1)), 1);
}

#[tokio::test(start_paused = true)]
async fn a_batch_with_a_lost_partition_is_given_up_when_it_fails() {
    let world = World::of_one_lane(3);
    let worker = world.worker();
    world.append([0, 2], 20);
    worker.source.assign(&[plays(0), plays(2)]);
    quiet().await;
    world.store.set_broken(Some(FailureKind::Outage));
    at(Instant::now(), 20.0).await;
    let attempts = world.store.attempts().len();
    worker.source.lose(&[plays(0)]);
    at(Instant::now(), 600.0).await;
    assert_eq!(
        world.store.attempts().len(),
        attempts,
        "nobody tries to write it any more"
    );
    world.store.set_broken(None);
    at(Instant::now(), 31.0).await;
    world.assert_all_stored(&plays(2));
    assert_eq!(world.store.stored(&plays(0)), [0; 0]);
    assert_eq!(worker.wrong("database"), None);
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_comes_back_waits_for_its_own_transaction_instead_of_fencing_it() {
    let world = World::new(1);
    let worker = world.worker();
    world.store.hold(Held::Lane(0));
    world.log.append(&plays(0), 100);
    worker.source.assign(&[plays(0)]);
    quiet().await;
    worker.source.lose(&[plays(0)]);
    worker.source.assign(&[plays(0)]);
    at(Instant::now(), 3.0).await;
    assert_eq!(world.store.position(&plays(0)).epoch, Epoch(1));
    world.store.let_go(Held::Lane(0));
    quiet().await;
    // nor does it hint what belongs to the assignment before
    let starts = [0, 100].map(|next_offset| Command::Start(plays(0), next_offset));
    assert_eq!(worker.source.commands(), starts);
    world.assert_all_stored(&plays(0));
}
