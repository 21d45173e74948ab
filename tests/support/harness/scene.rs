//! What one test has for itself: topics, a consumer group, a database; and the judgement of what is in it.

use super::encode::{Means, Sent};
use super::log::Broker;
use super::parts::parts;
use super::roles::{OWNER, WORKER, as_role, give_rights};
use super::worker::{Finished, Worker};
use crate::database::FreshDatabase;
use crate::reference::{HistoryRow, LikedRow, Parents, Story, Tables};
use audiohm_ingest::event::{Event, PlayId, Timestamp, TrackId, UserId};
use chrono::NaiveDateTime;
use sqlx::{FromRow, PgConnection};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Users and tracks that exist at the start.
const PARENTS: u128 = 40;

/// The world of one test.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) broker: Broker,
    pub(crate) database: FreshDatabase,
    pub(crate) topics: Vec<String>,
    pub(crate) group: String,
    pub(crate) users: Vec<UserId>,
    pub(crate) tracks: Vec<TrackId>,
    settings: Vec<(String, String)>,
}

/// A row of `ingest.progress`.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) next_offset: i64,
    pub(crate) epoch: i64,
    pub(crate) consumed: i64,
    pub(crate) inserted: i64,
    pub(crate) updated: i64,
    pub(crate) removed: i64,
    pub(crate) unchanged: i64,
    pub(crate) dead_lettered: i64,
    pub(crate) skipped: i64,
    pub(crate) halted: Option<String>,
}

impl Progress {
    pub(crate) fn sum(&self) -> i64 {
        self.inserted + self.updated + self.removed + self.unchanged + self.dead_lettered + self.skipped
    }
}

/// A number of things as the database counts.
pub(crate) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap()
}

type HistoryColumns = (Uuid, Uuid, Uuid, NaiveDateTime, i32, bool, Option<String>);
type LikedColumns = (Uuid, Uuid, NaiveDateTime, NaiveDateTime, Option<String>);

impl Scene {
    /// With new topics and a migrated database.
    pub(crate) async fn new(topics: usize, partitions: i32) -> Self {
        Self::on(FreshDatabase::with_parents().await, topics, partitions).await
    }

    /// With new topics and this database, which is migrated.
    pub(crate) async fn on(database: FreshDatabase, topics: usize, partitions: i32) -> Self {
        Self::not_migrated(database, topics).prepared(partitions).await
    }

    /// The same with the database migrated, parents in it, and the topics made.
    pub(crate) async fn prepared(self, partitions: i32) -> Self {
        let mut scene = self;
        scene.migrate().await;
        scene.insert_users(&scene.users).await;
        scene.insert_tracks(&scene.tracks).await;
        scene.broker.make_topics(&scene.topics, partitions).await;
        scene
    }

    /// Migrates as the owner does; from then on workers come as their own role.
    async fn migrate(&mut self) {
        give_rights(&self.database).await;
        self.set("DATABASE__URL", as_role(&self.database, OWNER).as_str());
        let up = self.run(&["migrate", "up"]).await;
        assert_eq!(up.code, Some(0), "{}", up.stderr);
        give_rights(&self.database).await;
        self.set("DATABASE__URL", as_role(&self.database, WORKER).as_str());
    }

    /// Names for topics that are not made, and a database as it is.
    pub(crate) fn not_migrated(database: FreshDatabase, topics: usize) -> Self {
        Self::not_migrated_at(Broker::of_the_tests(), database, topics)
    }

    /// The same at another broker.
    pub(crate) fn not_migrated_at(broker: Broker, database: FreshDatabase, topics: usize) -> Self {
        let name = Uuid::new_v4().simple().to_string();
        let topics: Vec<String> = (0..topics).map(|number| format!("test.{name}.{number}")).collect();
        let group = format!("group-{name}");
        let setting = |key: &str, value: &str| (format!("INGEST__{key}"), value.to_owned());
        let settings = vec![
            setting("KAFKA__BROKERS", &broker.address),
            setting("KAFKA__TOPICS", &format!("{topics:?}")),
            setting("KAFKA__GROUP_ID", &group),
            // a killed worker is missed soon, and a new partition seen soon
            setting("KAFKA__PROPERTIES__SESSION_TIMEOUT_MS", "3000"),
            setting("KAFKA__PROPERTIES__HEARTBEAT_INTERVAL_MS", "300"),
            setting("KAFKA__PROPERTIES__TOPIC_METADATA_REFRESH_INTERVAL_MS", "1000"),
            setting("DATABASE__URL", &database.url()),
            setting("ADMIN__LISTEN", "127.0.0.1:0"),
            setting("LOG__FORMAT", "json"),
        ];
        Self {
            broker,
            database,
            topics,
            group,
            users: (0..PARENTS)
                .map(|n| UserId(Uuid::from_u128((0xa << 120) + n)))
                .collect(),
            tracks: (0..PARENTS)
                .map(|n| TrackId(Uuid::from_u128((0xb << 120) + n)))
                .collect(),
            settings,
        }
    }

    /// Changes a setting, such as `BATCH__MAX_ROWS`.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        self.set_variable(&format!("INGEST__{key}"), value);
    }

    /// Sets a variable of the environment that is no setting.
    pub(crate) fn set_variable(&mut self, name: &str, value: &str) {
        self.unset_variable(name);
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn unset_variable(&mut self, name: &str) {
        self.settings.retain(|(known, _)| known != name);
    }

    /// Workers come to the database by another port of this machine.
    pub(crate) fn reach_database_by(&mut self, port: u16) {
        let mut url = as_role(&self.database, WORKER);
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(port)).unwrap();
        self.set("DATABASE__URL", url.as_str());
    }

    /// Goes on under another consumer group.
    pub(crate) fn regroup(&mut self, group: &str) {
        group.clone_into(&mut self.group);
        self.set("KAFKA__GROUP_ID", group);
    }

    /// Starts the program.
    pub(crate) fn start(&self, args: &[&str]) -> Worker {
        Worker::start(args, &self.settings)
    }

    /// Runs the program to its end.
    pub(crate) async fn run(&self, args: &[&str]) -> Finished {
        self.start(args).finished().await
    }

    /// Ingests all that is in the topics.
    pub(crate) async fn catch_up(&self) {
        let finished = self.run(&["run", "--until-caught-up"]).await;
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    }

    pub(crate) async fn insert_users(&self, users: &[UserId]) {
        let ids: Vec<Uuid> = users.iter().map(|id| id.0).collect();
        let insert = sqlx::query("insert into users (id) select unnest($1::uuid[])").bind(ids);
        insert.execute(&mut self.database.connect().await).await.unwrap();
    }

    pub(crate) async fn insert_tracks(&self, tracks: &[TrackId]) {
        let ids: Vec<Uuid> = tracks.iter().map(|id| id.0).collect();
        let insert = sqlx::query("insert into tracks (id) select unnest($1::uuid[])").bind(ids);
        insert.execute(&mut self.database.connect().await).await.unwrap();
    }

    /// The ledger of the group, partition by partition.
    pub(crate) async fn progress(&self, connection: &mut PgConnection) -> Vec<Progress> {
        sqlx::query_as("select * from ingest.progress where consumer_group = $1 order by topic, partition")
            .bind(&self.group)
            .fetch_all(connection)
            .await
            .unwrap()
    }

    /// How many records the group has stored.
    pub(crate) async fn consumed(&self, connection: &mut PgConnection) -> i64 {
        self.progress(connection)
            .await
            .iter()
            .map(|progress| progress.consumed)
            .sum()
    }

    /// The library tables.
    pub(crate) async fn tables(&self, connection: &mut PgConnection) -> Tables {
        let history: Vec<HistoryColumns> = sqlx::query_as(
            "select id, user_id, track_id, played_at, played_for, completed, source from listening_history",
        )
        .fetch_all(&mut *connection)
        .await
        .unwrap();
        let liked: Vec<LikedColumns> =
            sqlx::query_as("select user_id, track_id, created_at, updated_at, notes from liked_tracks")
                .fetch_all(connection)
                .await
                .unwrap();
        Tables {
            history: history.into_iter().map(history_row).collect(),
            liked: liked.into_iter().map(liked_row).collect(),
        }
    }

    /// Reason, key and value of each dead letter of the group, sorted.
    pub(crate) async fn letters(&self, connection: &mut PgConnection) -> Vec<Kept> {
        let mut letters: Vec<Kept> = sqlx::query_as(
            "select reason, record_key, record_value from ingest.dead_letters where consumer_group = $1",
        )
        .bind(&self.group)
        .fetch_all(connection)
        .await
        .unwrap();
        letters.sort();
        letters
    }

    /// Fails unless tables, dead letters and ledger are what these records make of them, each record consumed once.
    pub(crate) async fn check(&self, sent: &[Sent]) {
        let (tables, letters) = self.check_tables(sent).await;
        let mut connection = self.database.connect().await;
        self.check_ledger(sent, &tables, letters, &mut connection).await;
    }

    /// Fails unless tables and dead letters are what these records make of them; gives the tables and the number of
    /// letters.
    pub(crate) async fn check_tables(&self, sent: &[Sent]) -> (Tables, usize) {
        let mut connection = self.database.connect().await;
        let tables = self.tables(&mut connection).await;
        let parents = Parents {
            users: self.users.iter().copied().collect(),
            tracks: self.tracks.iter().copied().collect(),
        };
        let events = sent.iter().filter_map(Sent::as_event).cloned();
        let mut reasons = BTreeMap::new();
        for part in parts(events, tables.clone()) {
            let story = Story {
                parents: &parents,
                events: &part.events,
                history_before: &BTreeMap::new(),
                liked_by_backend: &[],
            };
            story.check(&part.tables, "the tables after the run");
            for event in &part.events {
                reasons.insert(format!("{event:?}"), story.letter(event, &part.tables.history));
            }
        }
        let mut expected: Vec<Kept> = sent
            .iter()
            .filter_map(|sent| {
                let reason = match &sent.means {
                    Means::Event(event) => reasons[&format!("{event:?}")]?,
                    Means::Bad(reason) => *reason,
                    Means::Tombstone => return None,
                };
                Some((reason.to_string(), sent.key.clone(), sent.value.clone()))
            })
            .collect();
        expected.sort();
        assert_eq!(
            self.letters(&mut connection).await,
            expected,
            "dead letters, found and expected"
        );
        (tables, expected.len())
    }

    async fn check_ledger(&self, sent: &[Sent], tables: &Tables, letters: usize, connection: &mut PgConnection) {
        let progress = self.progress(connection).await;
        let sum = |value: fn(&Progress) -> i64| progress.iter().map(value).sum::<i64>();
        for partition in &progress {
            assert_eq!(partition.consumed, partition.sum(), "{partition:?}");
            assert_eq!(partition.halted, None);
        }
        assert_eq!(
            sum(|partition| partition.consumed),
            count(sent.len()),
            "each record counts once: {progress:#?}"
        );
        assert_eq!(sum(|partition| partition.dead_lettered), count(letters));
        let tombstones = sent
            .iter()
            .filter(|sent| matches!(sent.means, Means::Tombstone))
            .count();
        assert_eq!(sum(|partition| partition.skipped), count(tombstones));
        let rows = count(tables.history.len() + tables.liked.len());
        assert_eq!(
            sum(|partition| partition.inserted - partition.removed),
            rows,
            "{progress:#?}"
        );
    }
}

/// Reason, key and value of a dead letter.
pub(crate) type Kept = (String, Option<Vec<u8>>, Option<Vec<u8>>);

impl Sent {
    pub(crate) fn as_event(&self) -> Option<&Event> {
        match &self.means {
            Means::Event(event) => Some(event),
            Means::Tombstone | Means::Bad(_) => None,
        }
    }
}

fn timestamp(time: NaiveDateTime) -> Timestamp {
    Timestamp::from_micros(time.and_utc().timestamp_micros())
}

fn history_row(columns: HistoryColumns) -> (PlayId, HistoryRow) {
    let (id, user_id, track_id, played_at, played_for, completed, source) = columns;
    let row = HistoryRow {
        user_id: UserId(user_id),
        track_id: TrackId(track_id),
        played_at: timestamp(played_at),
        played_for,
        completed,
        source,
    };
    (PlayId(id), row)
}

fn liked_row(columns: LikedColumns) -> ((UserId, TrackId), LikedRow) {
    let (user_id, track_id, created_at, updated_at, notes) = columns;
    let row = LikedRow {
        created_at: timestamp(created_at),
        updated_at: timestamp(updated_at),
        notes,
    };
    ((UserId(user_id), TrackId(track_id)), row)
}
