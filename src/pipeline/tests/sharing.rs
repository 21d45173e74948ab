//! Which lane writes which partition.

use super::fake::Held;
use super::world::{World, at, plays, quiet};
use crate::position::TopicPartition;
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::Instant;

/// The lanes that have written records of each partition.
fn lanes(world: &World) -> BTreeMap<TopicPartition, BTreeSet<usize>> {
    let mut lanes: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
    for commit in world.store.commits() {
        for span in commit.spans {
            lanes.entry(span.partition).or_default().insert(commit.lane);
        }
    }
    lanes
}

#[tokio::test(start_paused = true)]
async fn a_partition_is_always_written_by_the_same_lane() {
    let world = World::new(6);
    let worker = world.worker();
    let all: Vec<_> = (0..6).map(plays).collect();
    worker.source.assign(&all);
    for round in 0..4 {
        world.append(0..6, 70);
        quiet().await;
        if round == 1 {
            worker.source.revoke(&all);
            quiet().await;
            worker.source.assign(&all);
        }
    }
    at(Instant::now(), 1.0).await;
    let lanes = lanes(&world);
    assert_eq!(lanes.len(), 6);
    assert!(lanes.values().all(|lanes| lanes.len() == 1), "{lanes:?}");
    let used: BTreeSet<usize> = lanes.into_values().flatten().collect();
    assert_eq!(used.len(), 2);
    world.assert_each_stored(0..6);
}

#[tokio::test(start_paused = true)]
async fn each_topic_is_spread_over_the_lanes_and_so_are_all_of_them() {
    let world = World::new(3);
    world.log.grow("likes", 3);
    let worker = world.worker();
    for number in 0..3 {
        for partition in [plays(number), TopicPartition::new("likes", number)] {
            world.log.append(&partition, 1);
            // as by a group that gives them one by one
            worker.source.assign(&[partition]);
        }
    }
    at(Instant::now(), 1.0).await;
    let mut loads: BTreeMap<_, usize> = BTreeMap::new();
    for (partition, lanes) in lanes(&world) {
        for lane in lanes {
            *loads.entry((lane, partition.topic.clone())).or_default() += 1;
        }
    }
    let loads: Vec<usize> = loads.into_values().collect();
    // likes and plays of the one lane, then of the other
    assert_eq!(loads, [1, 2, 2, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_partition_that_comes_back_while_its_lane_still_writes_it_has_that_lane_again() {
    let world = World::new(4);
    let worker = world.worker();
    let all: Vec<_> = (0..4).map(plays).collect();
    worker.source.assign(&all);
    world.store.hold(Held::Lane(1));
    world.append(0..4, 10);
    at(Instant::now(), 1.0).await;
    // now the other lane has nothing to do
    worker.source.lose(&all[..3]);
    worker.source.assign(&[plays(1)]);
    at(Instant::now(), 1.0).await;
    assert_eq!(
        world.store.claims_of(&plays(1)),
        1,
        "not while a batch of it is under way"
    );
    world.store.let_go(Held::Lane(1));
    world.log.append(&plays(1), 10);
    at(Instant::now(), 1.0).await;
    assert_eq!(world.store.claims_of(&plays(1)), 2);
    assert_eq!(lanes(&world)[&plays(1)], BTreeSet::from([1]));
    world.assert_each_stored([0, 1, 3]);
}
