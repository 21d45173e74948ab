//! One run: what is sent, which faults there were, and the line of figures at its end.

use crate::harness::{Scene, Script, Sent, count, eventually, seed};
use crate::oracle::{Deleted, differences};
use crate::sender::Sender;
use serde_json::json;
use sqlx::{Executor, PgConnection};
use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::Mutex;
use uuid::Uuid;

/// How long anything may take after its cause is repaired.
pub(crate) const RECOVERY: Duration = Duration::from_secs(30);

/// How many deadlocks the database has seen.
pub(crate) async fn deadlocks(connection: &mut PgConnection) -> i64 {
    let flush = "select pg_stat_force_next_flush(), pg_stat_clear_snapshot()";
    connection.execute(flush).await.unwrap();
    sqlx::query_scalar("select deadlocks from pg_stat_database where datname = current_database()")
        .fetch_one(connection)
        .await
        .unwrap()
}

/// A scene, its events, and an account of what was done to it.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) scene: Scene,
    pub(crate) script: Script,
    pub(crate) seed: u64,
    pub(crate) faults: usize,
    pub(crate) kills: usize,
    pub(crate) deleted: Deleted,
    /// Nothing is sent while it is held.
    pub(crate) gate: Arc<Mutex<()>>,
    /// Holds a file that grows by a byte for each record that a worker takes.
    tally: TempDir,
}

impl Trial {
    pub(crate) fn new(mut scene: Scene) -> Self {
        let seed = seed();
        let tally = TempDir::new().unwrap();
        scene.set_variable("FAILPOINT_TALLY", tally.path().join("taken").to_str().unwrap());
        scene.set("BATCH__MAX_ROWS", "50");
        scene.set("BATCH__MAX_WAIT", "20ms");
        Self {
            script: Script::new(seed, &scene),
            scene,
            seed,
            faults: 0,
            kills: 0,
            deleted: Deleted::default(),
            gate: Arc::default(),
            tally,
        }
    }

    /// Sends the next records of the script.
    pub(crate) fn send(&mut self, records: usize) {
        let records = self.script.mixed(records);
        self.scene.broker.send(&records);
    }

    /// Goes on sending in the background; the script comes back from the sender.
    pub(crate) fn start_sender(&mut self, rate: u32) -> Sender {
        let next = Script::new(self.seed, &self.scene);
        let script = std::mem::replace(&mut self.script, next);
        Sender::start(&self.scene.broker, script, rate, Arc::clone(&self.gate))
    }

    /// Takes into account which users and tracks are gone.
    pub(crate) async fn find_deleted(&mut self) {
        let mut connection = self.scene.database.connect().await;
        let mut there = async |statement: &'static str| -> BTreeSet<Uuid> {
            let ids: Vec<Uuid> = sqlx::query_scalar(statement).fetch_all(&mut connection).await.unwrap();
            ids.into_iter().collect()
        };
        let users = there("select id from users").await;
        let tracks = there("select id from tracks").await;
        let gone = self.scene.users.iter().filter(|id| !users.contains(&id.0));
        self.deleted.users.extend(gone);
        let gone = self.scene.tracks.iter().filter(|id| !tracks.contains(&id.0));
        self.deleted.tracks.extend(gone);
    }

    pub(crate) fn sent(&self) -> &[Sent] {
        self.script.sent()
    }

    /// How many records are not stored.
    pub(crate) async fn lag(&self, connection: &mut PgConnection) -> i64 {
        count(self.sent().len()) - self.scene.consumed(connection).await
    }

    /// Waits until all that was sent is stored, and gives the time that it took.
    pub(crate) async fn stored(&self) -> Duration {
        let began = Instant::now();
        let mut connection = self.scene.database.connect().await;
        eventually("all is stored", async || {
            (self.lag(&mut connection).await <= 0).then_some(())
        })
        .await;
        began.elapsed()
    }

    /// The same after the cause of an outage is repaired.
    pub(crate) async fn recovers(&self, from: &str) {
        let took = self.stored().await;
        println!("recovered from {from} after {took:?}");
        assert!(took < RECOVERY, "recovered from {from} only after {took:?}");
    }

    /// How many records workers took from the log.
    pub(crate) fn taken(&self) -> i64 {
        let taken = fs::metadata(self.tally.path().join("taken")).map_or(0, |file| file.len());
        i64::try_from(taken).unwrap()
    }

    /// How many records workers took more than once.
    fn redelivered(&self) -> i64 {
        self.taken() - count(self.sent().len())
    }

    /// Stores what is left, prints the figures, and fails if the tables are not as they must be. Gives the number
    /// of records that were taken more than once.
    pub(crate) async fn judge(self, test: &str) -> i64 {
        self.scene.catch_up().await;
        let differences = differences(&self.scene, self.sent(), &self.deleted).await;
        let redelivered = self.redelivered();
        let figures = json!({
            "test": test, "events": self.sent().len(), "faults": self.faults, "kills": self.kills,
            "redelivered": redelivered, "differences": differences.len(), "seed": self.seed,
        });
        println!("{figures}");
        let first: Vec<_> = differences.iter().take(10).collect();
        assert!(differences.is_empty(), "{} differences: {first:#?}", differences.len());
        redelivered
    }
}
