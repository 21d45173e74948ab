//! Replays: ranges, what a plan says, what a replay does to tables, letters and positions, and that it can be stopped
//! at any moment.

mod howto;
mod jobs;
mod kills;
mod plan;
mod restoring;
mod wal;

use crate::harness::{Scene, Sent};
use audiohm_ingest::event::Event;
use serde_json::Value;
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The plan as the program prints it for programs.
async fn plan(scene: &Scene, args: &[&str]) -> Value {
    let args: Vec<&str> = ["replay", "plan", "--format", "json"]
        .iter()
        .chain(args)
        .copied()
        .collect();
    let finished = scene.run(&args).await;
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    serde_json::from_str(&finished.stdout).expect("a plan is JSON")
}

/// Does a replay from its start to its end.
async fn replay(scene: &Scene, name: &str, args: &[&str]) -> Value {
    let start = ["replay", "start", "--yes", "--name", name];
    let args: Vec<&str> = start.iter().chain(args).copied().collect();
    let finished = scene.run(&args).await;
    assert_eq!(finished.code, Some(0), "{}\n{}", finished.stdout, finished.stderr);
    status(scene, name).await
}

/// One job as the program lists it.
async fn status(scene: &Scene, name: &str) -> Value {
    let finished = scene
        .run(&["replay", "status", "--format", "json", "--name", name])
        .await;
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let mut all: Vec<Value> = serde_json::from_str(&finished.stdout).expect("the jobs are a list");
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn number(object: &Value, key: &str) -> i64 {
    object[key].as_i64().expect("a count is a number")
}

/// The live positions as they are, down to the time of their last change.
async fn live_positions(connection: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar("select progress::text from ingest.progress as progress order by 1")
        .fetch_all(connection)
        .await
        .unwrap()
}

/// Offsets of a job that are stored.
async fn done(connection: &mut PgConnection, name: &str) -> i64 {
    let sum =
        "select coalesce(sum(next_offset - from_offset), 0)::bigint from ingest.replay_partitions where replay = $1";
    sqlx::query_scalar(sum).bind(name).fetch_one(connection).await.unwrap()
}

/// Ids that several plays claim.
fn contested(sent: &[Sent]) -> HashSet<Uuid> {
    let (mut claims, mut contested) = (HashMap::new(), HashSet::new());
    for event in sent.iter().filter_map(Sent::as_event) {
        if let Event::Play(play) = event {
            let claim = (play.user_id, play.track_id, play.played_at);
            if *claims.entry(play.id).or_insert(claim) != claim {
                contested.insert(play.id.0);
            }
        }
    }
    contested
}

/// Deletes about a third of the history. Contested ids stay: which of their plays is stored first is chance.
async fn delete_a_third(connection: &mut PgConnection, sent: &[Sent]) -> u64 {
    let contested: Vec<Uuid> = contested(sent).into_iter().collect();
    sqlx::query("delete from listening_history where get_byte(uuid_send(id), 15) % 3 = 0 and id <> all ($1)")
        .bind(contested)
        .execute(connection)
        .await
        .unwrap()
        .rows_affected()
}
