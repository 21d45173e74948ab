//! A database that is away, or only slow.

use super::fake::{Command, Fate, Held};
use super::world::{World, at, plays, quiet};
use crate::pipeline::FailureKind;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn a_long_outage_stops_the_intake_at_a_bound_and_ends_with_everything_stored() {
    let world = World::new(4);
    let worker = world.worker();
    worker.source.assign(&[0, 1, 2, 3].map(plays));
    quiet().await;
    world.store.set_broken(Some(FailureKind::Outage));
    world.append(0..4, 5_000);
    at(Instant::now(), 30.0).await;
    let taken = || {
        (0..4)
            .map(|partition| worker.source.delivered(&plays(partition)))
            .sum::<i64>()
    };
    let (soon, bytes) = (taken(), worker.board.look().buffer_bytes);
    at(Instant::now(), 3_600.0).await;
    assert_eq!((taken(), worker.board.look().buffer_bytes), (soon, bytes));
    // in each of two lanes: one batch being written, one or two ready, one open that closes with the chunk that fills it
    assert!((400..=820).contains(&soon), "{soon} records in memory");
    assert_eq!(worker.wrong("database").unwrap(), "the database fails: Outage");
    assert!((0..4).all(|partition| worker.status(&plays(partition)).paused.contains("database")));
    world.store.set_broken(None);
    at(Instant::now(), 31.0).await;
    world.assert_each_stored(0..4);
    assert_eq!(worker.wrong("database"), None);
    assert!((0..4).all(|partition| worker.status(&plays(partition)).paused.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn tries_come_at_growing_distances_of_at_most_thirty_seconds_with_jitter() {
    let world = World::new(1);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    quiet().await;
    world.store.set_broken(Some(FailureKind::Outage));
    world.append([0], 100);
    at(Instant::now(), 3_600.0).await;
    let attempts = world.store.attempts();
    let distances: Vec<_> = attempts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(distances.len() > 100, "one hour holds {} tries", distances.len());
    for (number, distance) in (0..).zip(&distances) {
        let longest = (0.2 * f64::powi(2.0, number)).min(30.0);
        // the runtime counts whole milliseconds
        let allowed = longest / 2.0..=longest + 0.002;
        assert!(
            allowed.contains(&distance.as_secs_f64()),
            "try {number} after {distance:?}"
        );
    }
    let late = &distances[20..];
    assert!(late.iter().any(|distance| distance.as_secs() < 20) && late.iter().any(|distance| distance.as_secs() > 25));
}

#[tokio::test(start_paused = true)]
async fn a_transaction_that_was_in_the_way_is_no_outage_and_costs_milliseconds() {
    let world = World::new(1);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    quiet().await;
    world.store.fates([Fate::Fails(FailureKind::Contention); 4]);
    world.append([0], 100);
    // four distances: 20, 40, 80 and 160 ms at most
    for _ in 0..320 {
        assert_eq!(worker.wrong("database"), None);
        quiet().await;
    }
    world.assert_all_stored(&plays(0));
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_nobody_lets_go_of_makes_the_worker_unready_after_half_a_minute() {
    let world = World::new(2);
    let worker = world.worker();
    worker.source.assign(&[plays(0), plays(1)]);
    quiet().await;
    world.store.set_broken_lane(Some((0, FailureKind::Contention)));
    world.append([0, 1], 100);
    let start = Instant::now();
    at(start, 29.0).await;
    assert_eq!(worker.wrong("database"), None);
    at(start, 32.0).await;
    let why = worker.wrong("database").unwrap();
    assert!(why.starts_with("another session has been in the way for 3"), "{why}");
    assert!(worker.status(&plays(0)).paused.contains("database"));
    world.assert_all_stored(&plays(1));
    world.store.set_broken_lane(None);
    at(start, 40.0).await;
    assert_eq!(worker.wrong("database"), None);
    world.assert_all_stored(&plays(0));
}

#[tokio::test(start_paused = true)]
async fn what_meets_other_transactions_again_and_again_is_read_again_in_smaller_batches_that_grow_back() {
    let mut world = World::new(1);
    world.settings.batch.max_rows = 1_000;
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    quiet().await;
    world.store.contend_above(Some(300));
    world.append([0], 3_000);
    at(Instant::now(), 60.0).await;
    world.assert_all_stored(&plays(0));
    let sizes = || {
        world
            .store
            .commits()
            .iter()
            .map(|commit| commit.offsets.len())
            .collect::<Vec<_>>()
    };
    assert!(sizes().iter().all(|size| (1..=300).contains(size)), "{:?}", sizes());
    world.store.contend_above(None);
    world.append([0], 5_000);
    at(Instant::now(), 5.0).await;
    world.assert_all_stored(&plays(0));
    assert_eq!(sizes().iter().max(), Some(&1_000));
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_fails_keeps_the_worker_unready_although_another_one_works() {
    let mut world = World::new(2);
    world.settings.batch.max_rows = 10;
    let worker = world.worker();
    worker.source.assign(&[plays(0), plays(1)]);
    quiet().await;
    world.store.set_broken_lane(Some((0, FailureKind::Defect)));
    for _ in 0..60 {
        world.append([0, 1], 10);
        at(Instant::now(), 1.0).await;
        assert_eq!(worker.wrong("database").unwrap(), "the database fails: Defect");
    }
    world.assert_all_stored(&plays(1));
    world.store.set_broken_lane(None);
    at(Instant::now(), 31.0).await;
    world.assert_all_stored(&plays(0));
    assert_eq!(worker.wrong("database"), None);
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_stands_still_stops_no_other_and_its_partitions_pause_and_resume() {
    let mut world = World::new(4);
    world.settings.batch.max_rows = 10;
    let worker = world.worker();
    worker.source.assign(&[0, 1, 2, 3].map(plays));
    quiet().await;
    world.store.hold(Held::Lane(0));
    world.append([0, 2], 50);
    world.append([1, 3], 1_000);
    at(Instant::now(), 30.0).await;
    world.assert_each_stored([1, 3]);
    let of_lane =
        |partition: i32, command: fn(_) -> Command| worker.source.count(|found| *found == command(plays(partition)));
    assert_eq!(
        [0, 1, 2, 3].map(|partition| of_lane(partition, Command::Pause)),
        [1, 0, 1, 0]
    );
    let taken: i64 = [0, 2]
        .map(|partition| worker.source.delivered(&plays(partition)))
        .iter()
        .sum();
    // one being written, three ready, one open
    assert!((30..=60).contains(&taken), "{taken} records of the lane in memory");
    assert!(worker.status(&plays(2)).paused.contains("memory"));
    assert_eq!(worker.wrong("database"), None);
    world.store.let_go(Held::Lane(0));
    at(Instant::now(), 5.0).await;
    world.assert_each_stored(0..4);
    let pauses = [0, 2].map(|partition| of_lane(partition, Command::Pause));
    let resumes = [0, 2].map(|partition| of_lane(partition, Command::Resume));
    assert_eq!(pauses, resumes);
    assert!(pauses.iter().all(|count| (1..=3).contains(count)), "{pauses:?}");
    assert!((0..4).all(|partition| worker.status(&plays(partition)).paused.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn a_paused_partition_that_is_claimed_again_is_not_paused_any_more() {
    let mut world = World::new(3);
    world.settings.batch.max_rows = 10;
    let worker = world.worker();
    worker.source.assign(&[plays(0), plays(1), plays(2)]);
    quiet().await;
    world.store.hold(Held::Lane(0));
    world.append([0, 2], 25);
    at(Instant::now(), 1.0).await;
    assert!(worker.status(&plays(2)).paused.contains("memory"));
    worker.source.lose(&[plays(0)]);
    world.store.let_go(Held::Lane(0));
    at(Instant::now(), 5.0).await;
    world.assert_all_stored(&plays(2));
    assert!(worker.status(&plays(2)).paused.is_empty());
    assert_eq!(
        worker.source.count(|command| matches!(command, Command::Resume(_))),
        0,
        "the start undid it"
    );
    world.assert_stored_once(&plays(0));
}
