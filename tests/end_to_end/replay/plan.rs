//! What a plan says, and that it leaves no trace.

use super::{live_positions, number, plan};
use crate::harness::{Scene, Script, count, seed};
use crate::second_ingestion::versions;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::Value;

/// Offsets of the only partition.
fn range(plan: &Value) -> (i64, i64, i64) {
    let partition = &plan["partitions"][0];
    assert_eq!(number(plan, "total_records"), number(partition, "records"), "{plan:#}");
    (
        number(partition, "from_offset"),
        number(partition, "to_offset"),
        number(partition, "records"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_a_range_means_the_offsets_that_the_log_holds_of_it() {
    let scene = Scene::new(1, 1).await;
    let topic = &scene.topics[0];
    let mut script = Script::new(seed(), &scene);
    scene.broker.send(&script.plays(100));
    let between = chrono::Utc::now().to_rfc3339();
    // Kafka's times are in milliseconds
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    scene.broker.send(&script.plays(50));
    for (args, expected) in [
        (vec![], (0, 150, 150)),
        (vec!["--from", "latest"], (150, 150, 0)),
        (vec!["--to", "earliest"], (0, 0, 0)),
        (vec!["--from", "offset:20", "--to", "offset:30"], (20, 30, 10)),
        (vec!["--from", "offset:0:20", "--to", "offset:0:140"], (20, 140, 120)),
        (vec!["--from", "-7d"], (0, 150, 150)),
        (vec!["--from=-7d", "--to=-1h"], (0, 0, 0)),
        (vec!["--from", &between], (100, 150, 50)),
        (vec!["--to", &between], (0, 100, 100)),
        (vec!["--from", "2100-01-01T00:00:00Z"], (150, 150, 0)),
        (vec!["--topic", topic, "--partition", "0"], (0, 150, 150)),
    ] {
        assert_eq!(range(&plan(&scene, &args).await), expected, "{args:?}");
    }

    let empty = scene.run(&["replay", "plan", "--from", "latest"]).await.stdout;
    let end = "\n\n  The range is empty: there is nothing to read.\n  Nothing was written.\n";
    assert!(empty.ends_with(end), "{empty}");
    // there is nothing to ask about, so that no terminal is missed, and no job to enter
    let started = scene.run(&["replay", "start", "--from", "latest"]).await;
    assert_eq!((started.code, started.stdout), (Some(0), empty), "{}", started.stderr);
    let jobs = scene.run(&["replay", "status", "--format", "json"]).await;
    assert_eq!(jobs.stdout, "[]\n");

    let admin: AdminClient<DefaultClientContext> = scene.broker.client().create().unwrap();
    let mut until = TopicPartitionList::new();
    until.add_partition_offset(topic, 0, Offset::Offset(40)).unwrap();
    admin.delete_records(&until, &AdminOptions::new()).await.unwrap();
    let below = plan(&scene, &["--from", "offset:15"]).await;
    assert_eq!(range(&below), (40, 150, 110));
    let note = below["partitions"][0]["note"].as_str().unwrap();
    assert!(note.contains("25 of the offsets asked for"), "{note}");

    for (args, code) in [
        (vec!["--from", "yesterday"], 2),
        (vec!["--from", "offset:9", "--to", "offset:8"], 2),
        (vec!["--partition", "7"], 1),
        (vec!["--topic", "nowhere"], 1),
    ] {
        let all: Vec<&str> = ["replay", "plan"].into_iter().chain(args).collect();
        let finished = scene.run(&all).await;
        assert_eq!(finished.code, Some(code), "{all:?}: {}", finished.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_foresees_what_becomes_of_the_records_and_writes_nothing() {
    // one partition, since of two plays that claim one id the first has it
    let scene = Scene::new(1, 1).await;
    let mut script = Script::new(seed(), &scene);
    // fewer than a sample takes, so that nothing is left to chance
    scene.broker.send(&script.mixed(400));
    let before_all = plan(&scene, &[]).await;
    assert_eq!(number(&before_all, "total_records"), 400);
    let sample = &before_all["sample"];
    assert_eq!(number(sample, "records"), 400);
    scene.catch_up().await;

    let mut connection = scene.database.connect().await;
    let rows: i64 =
        sqlx::query_scalar("select (select count(*) from listening_history) + (select count(*) from liked_tracks)")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(
        number(sample, "inserted") - number(sample, "removed"),
        rows,
        "{sample:#}"
    );
    let letters = count(scene.letters(&mut connection).await.len());
    assert_eq!(number(sample, "dead_lettered"), letters, "{sample:#}");

    let (positions, rows) = (live_positions(&mut connection).await, versions(&mut connection).await);
    let again = plan(&scene, &["--group-id", "a-group-of-the-plan"]).await;
    assert_eq!(number(&again["sample"], "inserted"), 0, "{again:#}");
    assert_eq!(number(&again["sample"], "updated"), 0, "{again:#}");
    assert_eq!(number(&again["sample"], "dead_lettered"), letters, "{again:#}");
    assert_eq!(live_positions(&mut connection).await, positions);
    assert!(versions(&mut connection).await == rows, "a plan writes no row version");
    let jobs: i64 = sqlx::query_scalar("select count(*) from ingest.replays")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((jobs, count(scene.letters(&mut connection).await.len())), (0, letters));
    for topic in &scene.topics {
        assert_eq!(scene.broker.committed("a-group-of-the-plan", topic, 0), None);
    }
    // where there is nobody to ask, nothing begins
    let asked = scene.run(&["replay", "start"]).await;
    assert_eq!(asked.code, Some(2), "{}", asked.stderr);
    assert!(asked.stderr.contains("--yes"), "{}", asked.stderr);
}
