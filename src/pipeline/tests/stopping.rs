//! How a worker ends.

use super::fake::{Command, Fate, Held};
use super::world::{World, at, plays, quiet};
use crate::pipeline::{End, FailureKind};
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn all_that_was_taken_in_is_stored_and_told_before_the_group_is_left() {
    let world = World::new(2);
    let worker = world.worker();
    world.append([0, 1], 570);
    world.store.hold(Held::Lane(0));
    worker.source.assign(&[plays(0), plays(1)]);
    quiet().await;
    let source = worker.source.clone();
    let taken = [0, 1].map(|partition| source.delivered(&plays(partition)));
    worker.stop.send(true).unwrap();
    quiet().await;
    assert_eq!(worker.wrong("running").unwrap(), "stopping");
    world.append([0, 1], 100);
    at(Instant::now(), 5.0).await;
    assert!(!worker.has_ended());
    world.store.let_go(Held::Lane(0));
    assert_eq!(worker.end().await, End::Stopped);
    assert_eq!(
        [0, 1].map(|partition| world.store.position(&plays(partition)).next_offset),
        taken
    );
    world.assert_stored_once(&plays(0));
    world.assert_stored_once(&plays(1));
    let commands = source.commands();
    assert_eq!(commands.last(), Some(&Command::Close));
    assert!([0, 1].iter().all(|partition| {
        commands.contains(&Command::Hint(
            plays(*partition),
            taken[usize::try_from(*partition).unwrap()],
        ))
    }));
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_owns_nothing_stops_at_once() {
    let world = World::new(1);
    let worker = world.worker();
    quiet().await;
    let start = Instant::now();
    assert_eq!(worker.stop().await, End::Stopped);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_database_that_hangs_is_waited_for_until_the_deadline_and_not_a_moment_longer() {
    let world = World::new(1);
    let worker = world.worker();
    world.append([0], 50);
    worker.source.assign(&[plays(0)]);
    quiet().await;
    world.store.hold(Held::Lane(0));
    let start = Instant::now();
    assert_eq!(worker.stop().await, End::DeadlinePassed);
    assert_eq!(start.elapsed().as_millis(), 20_000);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_claimed_any_more_by_a_worker_that_stops() {
    let world = World::of_one_lane(3);
    let worker = world.worker();
    world.append([0, 2], 50);
    worker.source.assign(&[plays(0), plays(2)]);
    quiet().await;
    world.store.hold(Held::Lane(0));
    worker.stop.send(true).unwrap();
    quiet().await;
    // each of these would be followed by a claim
    worker.source.assign(&[plays(1)]);
    worker.source.lose(&[plays(0)]);
    world.store.set(&plays(2), |position| position.epoch.0 += 1);
    at(Instant::now(), 3.0).await;
    world.store.let_go(Held::Lane(0));
    assert_eq!(worker.end().await, End::Stopped);
    assert_eq!(
        [0, 1, 2].map(|partition| world.store.claims_of(&plays(partition))),
        [1, 0, 1]
    );
}

#[tokio::test(start_paused = true)]
async fn a_revoked_partition_is_released_while_the_worker_stops() {
    let world = World::new(2);
    let worker = world.worker();
    world.append([0, 1], 50);
    worker.source.assign(&[plays(0), plays(1)]);
    quiet().await;
    world.store.hold(Held::Lane(0));
    let source = worker.source.clone();
    worker.stop.send(true).unwrap();
    quiet().await;
    source.revoke(&[plays(1)]);
    quiet().await;
    assert_eq!(source.commands().last(), Some(&Command::Release(plays(1))));
    assert_eq!(worker.end().await, End::DeadlinePassed);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_cannot_go_on_ends_the_worker_once_everything_is_stored() {
    let world = World::new(1);
    let worker = world.worker();
    world.append([0], 50);
    worker.source.assign(&[plays(0)]);
    quiet().await;
    // the first two tries fail, so that there is something to wait for while the client repeats itself
    world.store.fates([Fate::Fails(FailureKind::Outage); 2]);
    worker.source.break_for_good("fenced by another instance");
    let why = "the Kafka client cannot go on: fenced by another instance";
    assert_eq!(worker.end().await, End::Fatal(why.to_owned()));
    world.assert_all_stored(&plays(0));
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_panics_ends_the_worker_instead_of_standing_still_unnoticed() {
    let world = World::new(2);
    let worker = world.worker();
    worker.source.assign(&[plays(0), plays(1)]);
    quiet().await;
    world.store.fates([Fate::Panics]);
    world.append([0], 100);
    let end = worker.end().await;
    assert!(
        matches!(&end, End::Fatal(error) if error.starts_with("a part of the worker panicked")),
        "{end:?}"
    );
}
