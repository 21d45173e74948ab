//! Bytes of a log that change on the broker's disk.

use crate::harness::{Progress, Worker, count, get, until};
use crate::trial::Trial;
use crate::world::World;
use serde_json::Value;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;

/// A batch of records in a segment of a log.
struct Batch {
    path: PathBuf,
    bytes: Range<usize>,
    offsets: Range<i64>,
}

impl Batch {
    /// Changes its last byte, or changes it back.
    fn flip(&self) {
        let mut segment = fs::read(&self.path).unwrap();
        segment[self.bytes.end - 1] ^= 1;
        fs::write(&self.path, segment).unwrap();
    }
}

/// The batches of a partition that has one segment.
fn batches(world: &World, trial: &Trial, partition: i32) -> Vec<Batch> {
    let path = world.kafka.segment(&trial.scene.topics[0], partition);
    let segment = fs::read(&path).unwrap();
    let mut batches: Vec<Batch> = Vec::new();
    let mut at = 0;
    while at < segment.len() {
        // base offset and length; far behind them, the distance of the last offset
        let base = i64::from_be_bytes(segment[at..at + 8].try_into().unwrap());
        let number = |at: usize| i32::from_be_bytes(segment[at..at + 4].try_into().unwrap());
        let end = at + 12 + usize::try_from(number(at + 8)).unwrap();
        batches.push(Batch {
            path: path.clone(),
            bytes: at..end,
            offsets: base..base + i64::from(number(at + 23)) + 1,
        });
        at = end;
    }
    batches
}

/// Three partitions: of the second a batch that is not yet stored, with others behind it, is broken; of the third the one
/// that was stored last.
async fn broken() -> (World, Trial, [Batch; 2]) {
    let (world, mut trial) = World::with_trial(1, 3).await;
    // a batch a fetch: when one cannot be read, others are still to come of every partition
    trial.scene.set("KAFKA__PROPERTIES__MAX_PARTITION_FETCH_BYTES", "1024");
    trial.send(200);
    trial.scene.catch_up().await;
    let stored = progress(&trial).await;
    for _ in 0..3 {
        trial.send(200);
    }
    world.kafka.stop();
    let is_next = |batch: &Batch| batch.offsets.start >= stored[1].next_offset;
    let unread: Vec<Batch> = batches(&world, &trial, 1).into_iter().filter(is_next).collect();
    assert!(unread.len() >= 3, "{} batches", unread.len());
    let is_last = |batch: &Batch| batch.offsets.end == stored[2].next_offset;
    let read = batches(&world, &trial, 2).into_iter().find(is_last).unwrap();
    let batch = unread.into_iter().nth(1).unwrap();
    batch.flip();
    read.flip();
    trial.faults += 2;
    world.kafka.start();
    (world, trial, [batch, read])
}

async fn progress(trial: &Trial) -> Vec<Progress> {
    trial.scene.progress(&mut trial.scene.database.connect().await).await
}

/// Waits until the second partition stands still before the batch, and the others are stored.
async fn stands_still(trial: &Trial, worker: &mut Worker, batch: &Batch) {
    let address = worker.address().await;
    let from = batch.offsets.start;
    let why = format!("[1] halted (unreadable): from offset {from} on");
    until("the worker says what it cannot read, and where", async || {
        let (status, body) = get(address, "/readyz").unwrap();
        status == 503 && body.contains(&why) && body.contains("CRC")
    })
    .await;
    let end = |partition: i32| trial.scene.broker.end(&trial.scene.topics[0], partition);
    let ends = [end(0), end(2)];
    until("the other partitions are stored", async || {
        let progress = progress(trial).await;
        [progress[0].next_offset, progress[2].next_offset] == ends
    })
    .await;
    until("it is noted why the second one stands still", async || {
        progress(trial).await[1].halted.is_some()
    })
    .await;
    assert_eq!(
        progress(trial).await[1].next_offset,
        from,
        "all before it and nothing behind it"
    );
    assert!(worker.is_alive());
}

async fn positions(trial: &Trial, line: &str) -> String {
    let topic = &trial.scene.topics[0];
    let line = format!("positions {line} --topic {topic} --partition 1 --yes");
    let finished = trial.scene.run(&line.split(' ').collect::<Vec<_>>()).await;
    assert_eq!(finished.code, Some(0), "{line}: {}", finished.stderr);
    finished.stderr + &finished.stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_bytes_have_changed_halts_its_partition_alone_until_the_log_is_repaired() {
    let (world, trial, [batch, _]) = broken().await;
    let mut worker = trial.scene.start(&["run"]);
    stands_still(&trial, &mut worker, &batch).await;
    // as it is, nothing else can come of it
    let epoch = progress(&trial).await[1].epoch;
    positions(&trial, "resume").await;
    until("it is claimed again", async || {
        progress(&trial).await[1].epoch > epoch + 1
    })
    .await;
    stands_still(&trial, &mut worker, &batch).await;
    world.kafka.stop();
    batch.flip();
    world.kafka.start();
    positions(&trial, "resume").await;
    trial.recovers("a log that was repaired").await;
    worker.stop().await;
    trial.judge("changed bytes").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_nobody_can_read_is_passed_over_when_a_person_says_so() {
    let (_world, trial, [batch, _]) = broken().await;
    let mut worker = trial.scene.start(&["run"]);
    stands_still(&trial, &mut worker, &batch).await;
    let lost = batch.offsets.end - batch.offsets.start;
    let said = positions(&trial, &format!("set --to {}", batch.offsets.end)).await;
    assert!(
        said.contains(&format!("leaves out the {lost} offsets between")),
        "{said}"
    );
    let end = trial.scene.broker.end(&trial.scene.topics[0], 1);
    until("what is behind it is stored", async || {
        progress(&trial).await[1].next_offset == end
    })
    .await;
    worker.stop().await;
    let consumed = trial.scene.consumed(&mut trial.scene.database.connect().await).await;
    assert_eq!(consumed, count(trial.sent().len()) - lost);
}

/// What a command says of the first bytes of a partition that are no records.
fn named(trial: &Trial, partition: i32, batch: &Batch) -> String {
    let (topic, from) = (&trial.scene.topics[0], batch.offsets.start);
    format!("{topic}[{partition}]: from offset {from} on, records in the log cannot be read")
}

/// The parts of the only job, which is in this state.
async fn parts(trial: &Trial, state: &str) -> Vec<Value> {
    let status = trial.scene.run(&["replay", "status", "--format", "json"]).await;
    let status: Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(status[0]["state"], state, "{status}");
    status[0]["partitions"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_stores_all_that_can_be_read_and_goes_on_once_the_log_is_repaired() {
    let (world, trial, broken) = broken().await;
    let start = trial.scene.run(&["replay", "start", "--name", "again", "--yes"]).await;
    assert_eq!(start.code, Some(1), "{}", start.stderr);
    for (partition, batch) in (1..).zip(&broken) {
        let why = named(&trial, partition, batch);
        assert!(start.stderr.contains(&why), "{why}: {}", start.stderr);
    }
    assert!(start.stderr.contains("replay resume --name again"), "{}", start.stderr);
    let parts_then = parts(&trial, "failed").await;
    let expected = [
        trial.scene.broker.end(&trial.scene.topics[0], 0),
        broken[0].offsets.start,
        broken[1].offsets.start,
    ];
    for (part, next_offset) in parts_then.iter().zip(expected) {
        assert_eq!(part["next_offset"], next_offset, "{part}");
    }
    world.kafka.stop();
    broken.iter().for_each(Batch::flip);
    world.kafka.start();
    let resume = trial.scene.run(&["replay", "resume"]).await;
    assert_eq!(resume.code, Some(0), "{}", resume.stderr);
    for part in parts(&trial, "done").await {
        assert_eq!(part["next_offset"], part["to_offset"], "{part}");
    }
    trial.judge("a replay over changed bytes").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_and_an_audit_name_what_cannot_be_read_and_look_at_all_else() {
    let (_world, trial, broken) = broken().await;
    let plan = trial.scene.run(&["replay", "plan", "--format", "json"]).await;
    assert_eq!(plan.code, Some(0), "{}", plan.stderr);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    for (partition, batch) in (1..).zip(&broken) {
        let unreadable = &plan["partitions"][partition]["unreadable"];
        assert!(
            batch.offsets.contains(&unreadable["offset"].as_i64().unwrap()),
            "{plan}"
        );
        assert!(unreadable["detail"].as_str().unwrap().contains("CRC"), "{plan}");
    }
    assert!(plan["partitions"][0]["unreadable"].is_null(), "{plan}");
    assert!(plan["sample"]["records"].as_i64().unwrap() > 0, "{plan}");
    let audit = trial.scene.run(&["audit", "--from", "earliest"]).await;
    assert_eq!(audit.code, Some(1), "{}{}", audit.stdout, audit.stderr);
    // of the second partition it looks at nothing from the broken batch on, which is not stored
    let (topic, from) = (&trial.scene.topics[0], broken[1].offsets.start);
    let first = format!("{topic}/2@{from}: from here on, records in the log cannot be read");
    assert!(audit.stdout.contains(&first), "{first}: {}", audit.stdout);
    assert!(audit.stderr.contains("found 1 difference\n"), "{}", audit.stderr);
}
