//! A database with letters of one group, and the program run on it.

use crate::database::FreshDatabase;
use audiohm_ingest::store::migrations::{self, UpRequest};
use serde_json::Value;
use sqlx::PgConnection;
use std::process::{Command, Stdio};
use uuid::Uuid;

pub(crate) const GROUP: &str = "desk";

pub(crate) struct Desk {
    pub(crate) database: FreshDatabase,
    pub(crate) backend: PgConnection,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

impl Desk {
    pub(crate) async fn new() -> Self {
        let database = FreshDatabase::with_parents().await;
        let mut backend = database.connect().await;
        migrations::up(&mut backend, UpRequest::default()).await.unwrap();
        Self { database, backend }
    }

    pub(crate) async fn execute(&mut self, statements: &str) {
        let done = sqlx::raw_sql(statements);
        done.execute(&mut self.backend)
            .await
            .unwrap_or_else(|error| panic!("{statements}: {error}"));
    }

    pub(crate) async fn number(&mut self, statement: &str) -> i64 {
        let asked = sqlx::query_scalar(statement);
        asked.fetch_one(&mut self.backend).await.unwrap()
    }

    /// Letters of that state and reason as the worker would have stored them; gives the number of the letter.
    pub(crate) async fn letter(&mut self, (state, reason): (&str, &str), detail: &str, value: &[u8]) -> i64 {
        sqlx::query_scalar(
            "insert into ingest.dead_letters (consumer_group, topic, partition, record_offset, record_timestamp,
                record_key, record_value, reason, detail, state, in_ledger, missing_user_id, next_retry_at)
             select $1, 'plays', 0, coalesce(max(record_offset), -1) + 1, now(), 'key', $2, $3, $4, $5, true,
                case when $5 = 'waiting' then gen_random_uuid() end, case when $5 = 'waiting' then now() end
             from ingest.dead_letters returning id",
        )
        .bind(GROUP)
        .bind(value)
        .bind(reason)
        .bind(detail)
        .bind(state)
        .fetch_one(&mut self.backend)
        .await
        .unwrap()
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        command(&self.database.url(), line)
    }

    pub(crate) fn run(&self, line: &str) -> Ran {
        run(self.command(line))
    }
}

pub(crate) fn command(url: &str, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audiohm-ingest"));
    command
        .arg("dead-letters")
        .args(line.split_whitespace())
        .env_clear()
        .env("DATABASE_URL", url)
        .env("INGEST__KAFKA__GROUP_ID", GROUP)
        .stdin(Stdio::null());
    command
}

pub(crate) fn run(mut command: Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A play of this user that anybody would accept.
pub(crate) fn play(user: Uuid, track: Uuid) -> String {
    format!(
        r#"{{"type":"play","event_id":"{}","user_id":"{user}","track_id":"{track}","played_at":"2026-01-01T11:59:00Z"}}"#,
        Uuid::new_v4()
    )
}

/// A user and a track that exist.
pub(crate) async fn parents(desk: &mut Desk) -> (Uuid, Uuid) {
    let (user, track) = (Uuid::new_v4(), Uuid::new_v4());
    let statements = format!("insert into users values ('{user}'); insert into tracks values ('{track}')");
    desk.execute(&statements).await;
    (user, track)
}
