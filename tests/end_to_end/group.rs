//! Several workers that share the partitions.

use crate::harness::{Scene, Script, Worker, count, get, sample, seed, until};
use sqlx::{Connection, Executor};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The partitions that a worker reads.
fn partitions(address: SocketAddr) -> BTreeSet<(String, i64)> {
    let (_, body) = get(address, "/api/status").unwrap();
    let status: serde_json::Value = serde_json::from_str(&body).unwrap();
    let of = |partition: &serde_json::Value| {
        let topic = partition["topic"].as_str().unwrap().to_owned();
        (topic, partition["partition"].as_i64().unwrap())
    };
    let read = |partition: &&serde_json::Value| !partition["epoch"].is_null();
    status["partitions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(read)
        .map(of)
        .collect()
}

fn fenced(address: SocketAddr) -> i64 {
    let (_, text) = get(address, "/metrics").unwrap();
    sample(&text, "ingest_fenced_batches_total", &[])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_joins_and_one_that_leaves_lose_nothing_and_fence_nobody() {
    let mut scene = Scene::new(2, 3).await;
    scene.set("BATCH__MAX_ROWS", "50");
    let mut script = Script::new(seed(), &scene);
    let mut connection = scene.database.connect().await;
    let mut send = async |scene: &Scene| scene.broker.send(&script.mixed(2_000));

    send(&scene).await;
    let mut first = scene.start(&["run"]);
    let first_address = first.address().await;
    until("the first worker has all partitions", async || {
        partitions(first_address).len() == 6
    })
    .await;

    send(&scene).await;
    let mut second: Worker = scene.start(&["run"]);
    let second_address = second.address().await;
    until("each has half of them", async || {
        let (one, other) = (partitions(first_address), partitions(second_address));
        one.len() == 3 && other.len() == 3 && one.is_disjoint(&other)
    })
    .await;
    send(&scene).await;
    until("the second has stored something", async || {
        let (_, text) = get(second_address, "/metrics").unwrap();
        sample(&text, "ingest_records_consumed_total", &["mode=\"live\""]) > 0
    })
    .await;
    assert!(
        fenced(first_address) + fenced(second_address) == 0,
        "nobody was fenced: {}",
        first.log()
    );

    first.stop().await;
    send(&scene).await;
    until("the second has all partitions", async || {
        partitions(second_address).len() == 6
    })
    .await;
    let all = count(script.sent().len());
    until("all is stored", async || scene.consumed(&mut connection).await >= all).await;
    assert!(fenced(second_address) == 0, "nobody was fenced: {}", second.log());
    assert!(second.is_alive());
    second.stop().await;
    scene.check(script.sent()).await;
    for partition in scene.progress(&mut connection).await {
        // one claim for each time that it changed hands: no war
        assert!((1..=3).contains(&partition.epoch), "{partition:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_is_followed_by_the_other() {
    let mut scene = Scene::new(1, 4).await;
    scene.set("BATCH__MAX_ROWS", "50");
    let mut script = Script::new(seed(), &scene);
    let mut connection = scene.database.connect().await;
    let (mut first, mut second) = (scene.start(&["run"]), scene.start(&["run"]));
    let (first_address, second_address) = (first.address().await, second.address().await);
    until("each has half of the partitions", async || {
        partitions(first_address).len() == 2 && partitions(second_address).len() == 2
    })
    .await;
    scene.broker.send(&script.mixed(3_000));
    until("some of it is stored", async || {
        scene.consumed(&mut connection).await > 0
    })
    .await;
    first.kill();
    scene.broker.send(&script.mixed(500));
    let all = count(script.sent().len());
    until("the other stores the rest", async || {
        scene.consumed(&mut connection).await >= all
    })
    .await;
    second.stop().await;
    scene.check(script.sent()).await;
}

#[tokio::test]
async fn a_worker_whose_partition_another_has_claimed_stores_nothing_before_its_own_next_claim() {
    let scene = Scene::new(1, 1).await;
    let mut script = Script::new(seed(), &scene);
    let mut connection = scene.database.connect().await;
    let mut worker = scene.start(&["run"]);
    let address = worker.address().await;
    scene.broker.send(&script.mixed(100));
    until("the worker reads", async || {
        scene.consumed(&mut connection).await == 100
    })
    .await;
    let before = scene.progress(&mut connection).await[0].epoch;

    // what a worker does that was told of the partition while this one was not
    connection
        .execute("update ingest.progress set epoch = epoch + 1")
        .await
        .unwrap();
    scene.broker.send(&script.mixed(100));
    until("its batch is fenced", async || fenced(address) == 1).await;
    let progress = scene.progress(&mut connection).await.remove(0);
    assert_eq!((progress.epoch, progress.consumed), (before + 1, 100), "{progress:?}");
    scene.check(&script.sent()[..100]).await;

    until("the group left it the partition, so it goes on", async || {
        scene.consumed(&mut connection).await == 200
    })
    .await;
    assert_eq!(scene.progress(&mut connection).await[0].epoch, before + 2);
    assert_eq!(fenced(address), 1);
    worker.stop().await;
    scene.check(script.sent()).await;
}

#[tokio::test]
async fn a_partition_that_is_taken_back_changes_hands_only_when_what_was_read_of_it_is_stored() {
    let scene = Scene::new(1, 2).await;
    let mut script = Script::new(seed(), &scene);
    let mut connection = scene.database.connect().await;
    let mut first = scene.start(&["run"]);
    let first_address = first.address().await;
    scene.broker.send(&script.plays(100));
    until("the first worker reads", async || {
        scene.consumed(&mut connection).await == 100
    })
    .await;
    let before = scene.progress(&mut connection).await;

    // its batches cannot end
    let mut locking = scene.database.connect().await;
    let mut lock = locking.begin().await.unwrap();
    lock.execute("lock table listening_history in share mode")
        .await
        .unwrap();
    scene.broker.send(&script.plays(100));
    until("a batch of each partition is under way", async || {
        let waiting = "select count(*) from pg_locks join pg_database on pg_database.oid = database
            where datname = current_database() and not granted";
        let batches: i64 = sqlx::query_scalar(waiting).fetch_one(&mut connection).await.unwrap();
        batches == 2
    })
    .await;
    let mut second = scene.start(&["run"]);
    let second_address = second.address().await;
    until("the group takes a partition back", async || {
        let (_, text) = get(first_address, "/metrics").unwrap();
        sample(&text, "ingest_rebalances_total", &["event=\"revoke\""]) > 0
    })
    .await;
    let until_then = Instant::now() + Duration::from_secs(2);
    while Instant::now() < until_then {
        assert_eq!(
            scene.progress(&mut connection).await,
            before,
            "nobody claims what is being written"
        );
    }
    lock.commit().await.unwrap();

    until("each has a partition", async || {
        partitions(first_address).len() == 1 && partitions(second_address).len() == 1
    })
    .await;
    until("all is stored", async || scene.consumed(&mut connection).await == 200).await;
    assert_eq!(fenced(first_address) + fenced(second_address), 0);
    first.stop().await;
    second.stop().await;
    scene.check(script.sent()).await;
}
