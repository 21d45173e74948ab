//! A database, topics and a role of a test's own, and the program run on them.

use std::env;
use std::process::Command;
use std::time::Duration;

use audiohm_ingest::store::migrations::{UpRequest, up};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use serde_json::Value;
use sqlx::{Executor, PgConnection};
use uuid::Uuid;

use crate::database::FreshDatabase;

/// What the program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// The findings of `--format json`.
    pub(crate) fn findings(&self) -> Vec<Value> {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The findings with this verdict, each as `check: found; advice`.
    pub(crate) fn with(&self, verdict: &str) -> Vec<String> {
        let findings = self.findings();
        let wanted = findings.iter().filter(|finding| finding["verdict"] == verdict);
        let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        wanted
            .map(|it| format!("{}: {}; {}", text(it, "check"), text(it, "found"), text(it, "advice")))
            .collect()
    }

    /// Asserts that exactly these findings have the verdict, each given by two pieces of it.
    pub(crate) fn only(&self, verdict: &str, pieces: &[(&str, &str)]) {
        let mut found = self.with(verdict);
        if verdict == "warn" {
            // the test server may be one that is fast because it may lose everything
            found.retain(|it| !it.starts_with("durability: fsync is off"));
        }
        assert_eq!(found.len(), pieces.len(), "{verdict}: {found:#?}");
        for (found, (begin, piece)) in found.iter().zip(pieces) {
            assert!(
                found.starts_with(begin) && found.contains(piece),
                "{piece:?} in {found}"
            );
        }
    }
}

/// A right set-up.
pub(crate) struct Place {
    pub(crate) database: FreshDatabase,
    pub(crate) brokers: String,
    pub(crate) topics: Vec<String>,
}

impl Place {
    /// Migrated, with two topics.
    pub(crate) async fn right() -> Self {
        let place = Self::with_topics(&[&[], &[]]).await;
        let mut conn = place.database.connect().await;
        up(&mut conn, UpRequest::default()).await.unwrap();
        place
    }

    /// Not migrated, with a topic for each list of settings.
    pub(crate) async fn with_topics(settings: &[&[(&str, &str)]]) -> Self {
        let database = FreshDatabase::with_parents().await;
        let mut conn = database.connect().await;
        // whatever the test server's own zone is
        let name: String = sqlx::query_scalar("select current_database()::text")
            .fetch_one(&mut conn)
            .await
            .unwrap();
        execute(&mut conn, &format!("alter database {name} set timezone = 'UTC'")).await;
        let brokers = env::var("INGEST_TEST_KAFKA").expect("INGEST_TEST_KAFKA is the address of a broker");
        let mut topics = Vec::new();
        for settings in settings {
            topics.push(make_topic(&brokers, settings).await);
        }
        Self {
            database,
            brokers,
            topics,
        }
    }

    /// Runs the program on it as whoever the test server's URL names.
    pub(crate) async fn check(&self) -> Said {
        self.check_as(&self.database.url(), &[]).await
    }

    /// Runs the program with another way to the database, and with more arguments.
    pub(crate) async fn check_as(&self, url: &str, more: &[&str]) -> Said {
        let topics: Vec<_> = self.topics.iter().map(|topic| format!("{topic:?}")).collect();
        let mut line = vec![
            "check".to_owned(),
            format!("--set=database.url={url}"),
            format!("--set=kafka.topics=[{}]", topics.join(", ")),
        ];
        if !more.iter().any(|argument| argument.starts_with("--format")) {
            line.push("--format=json".to_owned());
        }
        if !more.iter().any(|argument| argument.starts_with("--set=kafka.brokers")) {
            line.push(format!("--set=kafka.brokers={}", self.brokers));
        }
        line.extend(more.iter().map(|argument| (*argument).to_owned()));
        run(line).await
    }
}

/// Runs the program with these arguments and no settings of the test's environment.
pub(crate) async fn run(line: Vec<String>) -> Said {
    let running = tokio::task::spawn_blocking(move || {
        Command::new(env!("CARGO_BIN_EXE_audiohm-ingest"))
            .args(line)
            .env_remove("DATABASE_URL")
            .output()
            .unwrap()
    });
    let output = running.await.unwrap();
    Said {
        code: output.status.code().expect("it ends by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) async fn execute(conn: &mut PgConnection, sql: &str) {
    if let Err(error) = conn.execute(sql).await {
        panic!("{error}\n{sql}");
    }
}

pub(crate) fn admin(brokers: &str) -> AdminClient<DefaultClientContext> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).create().unwrap()
}

async fn make_topic(brokers: &str, settings: &[(&str, &str)]) -> String {
    let name = format!("check.{}", Uuid::new_v4().simple());
    let mut topic = NewTopic::new(&name, 2, TopicReplication::Fixed(1));
    // the broker's own default may be without a limit
    topic = topic.set("message.timestamp.after.max.ms", "3600000");
    for (key, value) in settings {
        topic = topic.set(key, value);
    }
    let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(20)));
    let made = admin(brokers).create_topics([&topic], &options).await.unwrap();
    assert_eq!(made, [Ok(name.clone())]);
    name
}

/// A role of the test's own, which may do nothing but log in; it has to be dropped after its database.
pub(crate) struct Role {
    pub(crate) name: String,
    server: String,
}

impl Role {
    pub(crate) async fn new(conn: &mut PgConnection) -> Self {
        let name = format!("ingest_test_{}", Uuid::new_v4().simple());
        execute(conn, &format!("create role {name} login password 'pw'")).await;
        let server = env::var("INGEST_TEST_POSTGRES").unwrap();
        Self { name, server }
    }

    /// The way to a database as this role.
    pub(crate) fn url(&self, database: &FreshDatabase) -> String {
        let mut url = url::Url::parse(&database.url()).unwrap();
        url.set_username(&self.name).unwrap();
        url.set_password(Some("pw")).unwrap();
        url.into()
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let (server, sql) = (self.server.clone(), format!("drop role {}", self.name));
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut conn = <PgConnection as sqlx::Connection>::connect(&server).await?;
                conn.execute(sql.as_str()).await
            })
        });
        if !matches!(dropping.join(), Ok(Ok(_))) {
            eprintln!("role {} was left behind", self.name);
        }
    }
}
