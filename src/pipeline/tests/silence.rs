//! A client that delivers nothing.

use super::fake::{Command, Held};
use super::world::{World, at, plays, quiet};
use crate::pipeline::End;
use std::time::Duration;
use tokio::time::{Instant, timeout};

#[tokio::test(start_paused = true)]
async fn a_partition_that_delivers_nothing_for_a_minute_is_read_anew() {
    let world = World::new(2);
    let worker = world.worker();
    worker.source.assign(&[plays(0), plays(1)]);
    quiet().await;
    worker.source.mute(&plays(0), true);
    let start = Instant::now();
    for second in 0..90 {
        // the other has something now and then, and is never behind for long
        world.append([0, 1], 1);
        at(start, f64::from(second)).await;
        let starts = worker
            .source
            .count(|command| matches!(command, Command::Start(of, _) if *of == plays(0)));
        assert!(second >= 60 || starts == 1, "after {second} s");
    }
    quiet().await;
    at(start, 100.0).await;
    world.assert_each_stored(0..2);
    let starts = |partition| {
        worker
            .source
            .count(|command| matches!(command, Command::Start(of, _) if *of == plays(partition)))
    };
    assert_eq!((starts(0), starts(1)), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stays_silent_after_a_new_beginning_ends_the_worker() {
    let world = World::new(1);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    quiet().await;
    worker.source.mute(&plays(0), false);
    world.append([0], 10);
    at(Instant::now(), 110.0).await;
    assert!(!worker.has_ended());
    let why = "the Kafka client delivers nothing of plays[0] from offset 0 on, even after a new beginning";
    let end = timeout(Duration::from_mins(1), worker.end()).await;
    assert_eq!(end.unwrap(), End::Fatal(why.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_why_or_is_not_asked_is_not_silent() {
    let world = World::new(1);
    let worker = world.worker();
    worker.source.assign(&[plays(0)]);
    quiet().await;
    worker.source.mute(&plays(0), false);
    world.append([0], 10);
    let start = Instant::now();
    for tens in 1..60 {
        at(start, f64::from(tens) * 10.0).await;
        worker.source.unavailable("not authorized");
    }
    assert!(!worker.has_ended());
    assert_eq!(worker.source.count(|command| matches!(command, Command::Start(..))), 1);
    worker.kill();

    // full lanes
    let mut world = World::new(2);
    world.settings.batch.max_rows = 10;
    let worker = world.worker();
    worker.source.assign(&[plays(0), plays(1)]);
    quiet().await;
    world.store.hold(Held::Lane(0));
    world.store.hold(Held::Lane(1));
    world.append([0, 1], 1_000);
    at(Instant::now(), 600.0).await;
    assert_eq!(worker.source.count(|command| matches!(command, Command::Start(..))), 2);
    world.store.let_all_go();
    at(Instant::now(), 10.0).await;
    world.assert_each_stored(0..2);
}
