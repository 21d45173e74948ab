//! A database of its own with the program's own schema, and what is stored in it.

use crate::database::FreshDatabase;
use crate::log::Log;
use crate::random::LIMITS;
use crate::reference::{HistoryRow, LikedRow, Pair, Parents, Tables};
use audiohm_ingest::config::ParentCheck;
use audiohm_ingest::event::{PlayId, Timestamp, TrackId, UserId};
use audiohm_ingest::pipeline::{Lane, Receipt, Store};
use audiohm_ingest::position::TopicPartition;
use audiohm_ingest::store::connection::session;
use audiohm_ingest::store::letters::{LetterSettings, Letters};
use audiohm_ingest::store::migrations::{self, UpRequest};
use audiohm_ingest::store::write::{Account, Writer};
use audiohm_ingest::store::{PgLane, PgStore};
use chrono::NaiveDateTime;
use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{Executor, PgConnection, Row};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// The consumer group of all tests.
pub(crate) const GROUP: &str = "tables";

/// The database, a store on it, and a connection of the backend.
pub(crate) struct Bed {
    pub(crate) database: FreshDatabase,
    pub(crate) store: PgStore,
    pub(crate) backend: PgConnection,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        let database = FreshDatabase::with_parents().await;
        let mut backend = database.connect().await;
        migrations::up(&mut backend, UpRequest::default()).await.unwrap();
        sqlx::raw_sql("set timezone = 'UTC'")
            .execute(&mut backend)
            .await
            .unwrap();
        let store = PgStore::new(session(database.options()), writer());
        Self {
            database,
            store,
            backend,
        }
    }

    /// A bed in which these parents exist.
    pub(crate) async fn with(parents: &Parents) -> Self {
        let mut bed = Self::new().await;
        bed.add(parents).await;
        bed
    }

    pub(crate) async fn add(&mut self, parents: &Parents) {
        let users: Vec<Uuid> = parents.users.iter().map(|id| id.0).collect();
        let tracks: Vec<Uuid> = parents.tracks.iter().map(|id| id.0).collect();
        for (table, ids) in [("users", users), ("tracks", tracks)] {
            let statement = format!("insert into {table} (id) select unnest($1::uuid[]) on conflict do nothing");
            let insert = sqlx::query(&statement).bind(ids);
            insert.execute(&mut self.backend).await.unwrap();
        }
    }

    pub(crate) async fn add_user(&mut self, user_id: UserId) {
        let statement = format!("insert into users (id) values ('{user_id}')");
        self.execute(&statement).await;
    }

    pub(crate) async fn add_track(&mut self, track_id: TrackId) {
        let statement = format!("insert into tracks (id) values ('{track_id}')");
        self.execute(&statement).await;
    }

    /// Runs statements as the backend.
    pub(crate) async fn execute(&mut self, statements: &str) {
        execute(&mut self.backend, statements).await;
    }

    /// The one number that a statement gives.
    pub(crate) async fn number(&mut self, statement: &str) -> i64 {
        number(&mut self.backend, statement).await
    }

    /// One text for each row that a statement gives.
    pub(crate) async fn texts(&mut self, statement: &str) -> Vec<String> {
        sqlx::query_scalar(statement)
            .fetch_all(&mut self.backend)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// A partition that this worker owns.
    pub(crate) async fn log(&self, number: i32) -> Log {
        let mut log = Log::new(number);
        self.store
            .enter(BTreeMap::from([(log.partition.clone(), 0)]))
            .await
            .unwrap();
        self.claim(&mut log).await;
        log
    }

    /// Claims the partition once more.
    pub(crate) async fn claim(&self, log: &mut Log) {
        let claimed = self.store.claim(vec![log.partition.clone()]).await.unwrap();
        let claimed = &claimed[&log.partition];
        (log.epoch, log.next_offset) = (claimed.epoch, claimed.next_offset);
    }

    pub(crate) fn lane(&self) -> PgLane {
        self.store.lane()
    }

    /// A lane that leaves the foreign keys out.
    pub(crate) fn batched_lane(&self) -> PgLane {
        PgStore::new(session(self.database.options()), batched_writer()).lane()
    }

    /// Lanes that ask the foreign keys and lanes that leave them out, in turn.
    pub(crate) fn lanes(&self, number: usize) -> Vec<PgLane> {
        let lane = |place: usize| {
            if place.is_multiple_of(2) {
                self.lane()
            } else {
                self.batched_lane()
            }
        };
        (0..number).map(lane).collect()
    }

    pub(crate) fn letters(&self) -> Letters {
        Letters::new(session(self.database.options()), letter_settings())
    }

    /// Both library tables.
    pub(crate) async fn tables(&mut self) -> Tables {
        Tables {
            history: history(&mut self.backend).await,
            liked: liked(&mut self.backend).await,
        }
    }

    /// Replaces the content of both library tables.
    pub(crate) async fn fill(&mut self, tables: &Tables) {
        self.execute("delete from listening_history; delete from liked_tracks")
            .await;
        for (id, row) in &tables.history {
            sqlx::query("insert into listening_history values ($1, $2, $3, $4, $5, $6, $7)")
                .bind(id.0)
                .bind(row.user_id.0)
                .bind(row.track_id.0)
                .bind(row.played_for)
                .bind(row.completed)
                .bind(&row.source)
                .bind(naive(row.played_at))
                .execute(&mut self.backend)
                .await
                .unwrap();
        }
        for ((user_id, track_id), row) in &tables.liked {
            like_as_backend(&mut self.backend, (*user_id, *track_id), row).await;
        }
    }

    /// Removes everything that the worker has stored.
    pub(crate) async fn clear(&mut self) {
        self.execute(
            "delete from listening_history; delete from liked_tracks; delete from ingest.like_state;
             delete from ingest.dead_letters; delete from ingest.progress",
        )
        .await;
    }

    /// What `ingest.progress` says of the partition: offset, consumed and the six outcomes.
    pub(crate) async fn progress(&mut self, partition: &TopicPartition) -> Progress {
        let row =
            sqlx::query("select * from ingest.progress where consumer_group = $1 and topic = $2 and partition = $3")
                .bind(GROUP)
                .bind(&*partition.topic)
                .bind(partition.partition)
                .fetch_one(&mut self.backend)
                .await
                .unwrap();
        Progress {
            next_offset: row.get("next_offset"),
            consumed: row.get("consumed"),
            inserted: row.get("inserted"),
            updated: row.get("updated"),
            removed: row.get("removed"),
            unchanged: row.get("unchanged"),
            dead_lettered: row.get("dead_lettered"),
            skipped: row.get("skipped"),
        }
    }

    /// Waits until a session of this database waits for a lock: the state that a test wants is reached then.
    pub(crate) async fn until_a_session_waits(&self) {
        self.until(WAITING, |count| count > 0).await;
    }

    /// Waits until the number fits. Looks from a session of its own, since the backend's may be in a transaction.
    pub(crate) async fn until(&self, statement: &str, fits: impl Fn(i64) -> bool) {
        let mut watcher = self.database.connect().await;
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        while !fits(number(&mut watcher, statement).await) {
            assert!(tokio::time::Instant::now() < deadline, "not within 30 s: {statement}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// How many sessions of this database wait for a lock.
pub(crate) const WAITING: &str = "select count(*) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'";

/// A partition's row in `ingest.progress`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) next_offset: i64,
    pub(crate) consumed: i64,
    pub(crate) inserted: i64,
    pub(crate) updated: i64,
    pub(crate) removed: i64,
    pub(crate) unchanged: i64,
    pub(crate) dead_lettered: i64,
    pub(crate) skipped: i64,
}

pub(crate) fn writer() -> Writer {
    Writer {
        group: GROUP.into(),
        retry_interval: Duration::from_secs(5),
        account: Account::Live,
        parent_check: ParentCheck::Database,
    }
}

/// One that leaves the foreign keys out.
pub(crate) fn batched_writer() -> Writer {
    Writer {
        parent_check: ParentCheck::Batched,
        ..writer()
    }
}

pub(crate) fn letter_settings() -> LetterSettings {
    LetterSettings {
        group: GROUP.into(),
        retry_interval: Duration::from_secs(5),
        patience: Duration::from_hours(24),
        discard_after_patience: false,
        keep: Duration::from_hours(90 * 24),
        limits: LIMITS,
    }
}

/// The options of a worker's session, with another setting that wins.
pub(crate) fn session_with(options: PgConnectOptions, name: &str, value: &str) -> PgConnectOptions {
    session(options).options([(name, value)])
}

pub(crate) async fn execute(connection: &mut PgConnection, statements: &str) {
    connection
        .execute(statements)
        .await
        .unwrap_or_else(|error| panic!("{statements}: {error}"));
}

pub(crate) async fn number(connection: &mut PgConnection, statement: &str) -> i64 {
    sqlx::query_scalar(statement)
        .fetch_one(connection)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"))
}

/// Writes one batch of the records; it has to succeed.
pub(crate) async fn write(
    lane: &mut PgLane,
    log: &mut Log,
    records: impl IntoIterator<Item = audiohm_ingest::record::Record>,
) -> Receipt {
    lane.write(&log.batch(records)).await.unwrap()
}

pub(crate) fn naive(time: Timestamp) -> NaiveDateTime {
    chrono::DateTime::from_timestamp_micros(time.micros())
        .unwrap()
        .naive_utc()
}

fn micros(time: NaiveDateTime) -> Timestamp {
    Timestamp::from_micros(time.and_utc().timestamp_micros())
}

/// Inserts or edits a like as the backend does, and gives the `created_at` that the row has then.
pub(crate) async fn like_as_backend(
    connection: &mut PgConnection,
    (user_id, track_id): Pair,
    row: &LikedRow,
) -> Timestamp {
    let created_at = sqlx::query_scalar(
        "insert into liked_tracks (user_id, track_id, created_at, updated_at, notes) values ($1, $2, $3, $4, $5)
         on conflict (user_id, track_id) do update set updated_at = excluded.updated_at, notes = excluded.notes
         returning created_at",
    )
    .bind(user_id.0)
    .bind(track_id.0)
    .bind(naive(row.created_at))
    .bind(naive(row.updated_at))
    .bind(&row.notes)
    .fetch_one(connection)
    .await
    .unwrap();
    micros(created_at)
}

async fn history(connection: &mut PgConnection) -> BTreeMap<PlayId, HistoryRow> {
    let rows = sqlx::query("select * from listening_history")
        .fetch_all(connection)
        .await
        .unwrap();
    let row = |row: PgRow| {
        let history = HistoryRow {
            user_id: UserId(row.get("user_id")),
            track_id: TrackId(row.get("track_id")),
            played_at: micros(row.get("played_at")),
            played_for: row.get("played_for"),
            completed: row.get("completed"),
            source: row.get("source"),
        };
        (PlayId(row.get("id")), history)
    };
    rows.into_iter().map(row).collect()
}

async fn liked(connection: &mut PgConnection) -> BTreeMap<(UserId, TrackId), LikedRow> {
    let rows = sqlx::query("select * from liked_tracks")
        .fetch_all(connection)
        .await
        .unwrap();
    let row = |row: PgRow| {
        let liked = LikedRow {
            created_at: micros(row.get("created_at")),
            updated_at: micros(row.get("updated_at")),
            notes: row.get("notes"),
        };
        ((UserId(row.get("user_id")), TrackId(row.get("track_id"))), liked)
    };
    rows.into_iter().map(row).collect()
}
