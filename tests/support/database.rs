//! A fresh database on the server that `INGEST_TEST_POSTGRES` names, dropped when the test lets go of it.

use std::env;
use std::str::FromStr;
use std::thread;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};
use url::Url;
use uuid::Uuid;

/// A database of its own.
#[derive(Debug)]
pub(crate) struct FreshDatabase {
    server_url: Url,
    server: PgConnectOptions,
    name: String,
}

impl FreshDatabase {
    /// An empty database.
    pub(crate) async fn empty() -> Self {
        let url = env::var("INGEST_TEST_POSTGRES")
            .expect("INGEST_TEST_POSTGRES names a PostgreSQL server, as postgres://user@host:port/postgres");
        Self::on(&url).await
    }

    /// An empty database on this server.
    pub(crate) async fn on(url: &str) -> Self {
        let server = PgConnectOptions::from_str(url).expect("the server's address is a postgres:// URL");
        let name = format!("ingest_test_{}", Uuid::new_v4().simple());
        let mut conn = server.connect().await.expect("the test server answers");
        conn.execute(format!("create database {name}").as_str())
            .await
            .expect("the role of INGEST_TEST_POSTGRES may make databases");
        conn.close().await.expect("the connection closes");
        Self {
            server_url: Url::parse(url).expect("the server's address is a URL"),
            server,
            name,
        }
    }

    /// A database with the backend's `users` and `tracks`.
    pub(crate) async fn with_parents() -> Self {
        Self::empty().await.given_parents().await
    }

    /// The same with the backend's `users` and `tracks`.
    pub(crate) async fn given_parents(self) -> Self {
        let mut conn = self.connect().await;
        conn.execute(
            "create table public.users (id uuid primary key, name text);
             create table public.tracks (id uuid primary key, title text)",
        )
        .await
        .expect("users and tracks can be made");
        self
    }

    /// Where it is.
    pub(crate) fn options(&self) -> PgConnectOptions {
        self.server.clone().database(&self.name)
    }

    /// Where it is, as other programs write it.
    pub(crate) fn url(&self) -> String {
        let mut url = self.server_url.clone();
        url.set_path(&self.name);
        url.into()
    }

    /// A connection to it.
    pub(crate) async fn connect(&self) -> PgConnection {
        self.options().connect().await.expect("the fresh database answers")
    }
}

impl Drop for FreshDatabase {
    fn drop(&mut self) {
        let server = self.server.clone();
        let statement = format!("drop database if exists {} with (force)", self.name);
        // a runtime of its own, since the test's may be the one that is dropping this
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut conn = server.connect().await.map_err(std::io::Error::other)?;
                conn.execute(statement.as_str()).await.map_err(std::io::Error::other)
            })
        });
        if !matches!(dropping.join(), Ok(Ok(_))) {
            eprintln!("database {} was left behind", self.name);
        }
    }
}
