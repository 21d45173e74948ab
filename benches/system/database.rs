//! Databases with the worker's schema and the parents in place, and the floor: binary COPY of the same rows.

use super::cpu::{Meter, Usage};
use super::events::Play;
use super::{Bench, TRACKS, USERS};
use sqlx::{Connection, PgConnection};
use std::process::{Command, Stdio};
use std::time::Instant;

/// 2000-01-01 in microseconds since 1970: where PostgreSQL's times begin.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;
const TEMPLATE: &str = "bench_template";

async fn execute(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn url_of(bench: &Bench, database: &str) -> String {
    format!("{}/{database}", bench.postgres.rsplit_once('/').unwrap().0)
}

/// Makes the database that all others are copies of.
pub(crate) async fn prepare(bench: &Bench) {
    execute(&bench.postgres, &format!("drop database if exists {TEMPLATE}")).await;
    execute(&bench.postgres, &format!("create database {TEMPLATE}")).await;
    let url = url_of(bench, TEMPLATE);
    let mut connection = PgConnection::connect(&url).await.unwrap();
    for (table, ids) in [("users", &bench.audience.users), ("tracks", &bench.audience.tracks)] {
        let sql = format!("create table {table} (id uuid primary key)");
        sqlx::raw_sql(&sql).execute(&mut connection).await.unwrap();
        let sql = format!("insert into {table} select unnest($1::uuid[])");
        sqlx::query(&sql).bind(ids).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let migrated = Command::new(&bench.worker)
        .args(["migrate", "up"])
        .env("INGEST__DATABASE__URL", &url)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(migrated.success());
    execute(&url, "vacuum analyze").await;
}

/// A fresh database; the one before is gone.
pub(crate) async fn fresh(bench: &Bench) -> String {
    execute(&bench.postgres, "drop database if exists bench with (force)").await;
    execute(&bench.postgres, &format!("create database bench template {TEMPLATE}")).await;
    checkpoint(&bench.postgres).await;
    url_of(bench, "bench")
}

/// Lets every later session of the database set this.
pub(crate) async fn set(url: &str, setting: &str) {
    let database = url.rsplit_once('/').unwrap().1;
    execute(url, &format!("alter database {database} set {setting}")).await;
}

/// So that what follows pays for whole pages in the WAL, whatever came before.
pub(crate) async fn checkpoint(url: &str) {
    execute(url, "checkpoint").await;
}

/// Takes all plays away.
pub(crate) async fn forget_plays(url: &str) {
    execute(url, "truncate listening_history; checkpoint").await;
}

pub(crate) async fn count(url: &str, table: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let sql = format!("select count(*) from {table}");
    sqlx::query_scalar(&sql).fetch_one(&mut connection).await.unwrap()
}

/// Copies the plays over so many connections; gives the seconds it took and the CPU.
pub(crate) async fn copy(bench: &Bench, url: &str, plays: &[Play], connections: usize) -> (f64, Usage) {
    let parts: Vec<Vec<u8>> = plays.chunks(plays.len().div_ceil(connections)).map(binary).collect();
    let (meter, began) = (Meter::start(bench), Instant::now());
    let copies = parts
        .into_iter()
        .map(|part| tokio::spawn(copy_one(url.to_owned(), part)));
    for copy in copies.collect::<Vec<_>>() {
        copy.await.unwrap();
    }
    (began.elapsed().as_secs_f64(), meter.stop())
}

async fn copy_one(url: String, part: Vec<u8>) {
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let sql = "copy listening_history (id, user_id, track_id, played_at, played_for, completed, source) \
               from stdin with (format binary)";
    let mut copy = connection.copy_in_raw(sql).await.unwrap();
    copy.send(part).await.unwrap();
    copy.finish().await.unwrap();
    connection.close().await.unwrap();
}

/// Rows in the format of COPY.
fn binary(plays: &[Play]) -> Vec<u8> {
    let mut bytes = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
    let field = |bytes: &mut Vec<u8>, value: &[u8]| {
        bytes.extend((value.len() as i32).to_be_bytes());
        bytes.extend(value);
    };
    for play in plays {
        bytes.extend(7i16.to_be_bytes());
        for id in [play.id, play.user, play.track] {
            field(&mut bytes, id.as_bytes());
        }
        field(&mut bytes, &(play.played_at - POSTGRES_EPOCH).to_be_bytes());
        field(&mut bytes, &play.played_for.to_be_bytes());
        field(&mut bytes, &[1]);
        field(&mut bytes, b"playlist");
    }
    bytes.extend((-1i16).to_be_bytes());
    bytes
}

/// Adds plays whose ids are ordered by time, from one number of rows to another. The indexes are made anew behind them,
/// which takes a third of the time.
pub(crate) async fn grow(url: &str, from: usize, to: usize) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let indexes: Vec<(String, String)> = sqlx::query_as(
        "select indexname::text, indexdef from pg_indexes where tablename = 'listening_history' and indexdef !~ 'UNIQUE'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let drops: Vec<String> = indexes.iter().map(|(name, _)| format!("drop index {name};")).collect();
    let makes: Vec<String> = indexes.iter().map(|(_, definition)| format!("{definition};")).collect();
    let sql = format!(
        "set session_replication_role = replica; set maintenance_work_mem = '512MB'; {}
        create temporary table numbered_users as select row_number() over () - 1 as number, id from users;
        create temporary table numbered_tracks as select row_number() over () - 1 as number, id from tracks;
        analyze numbered_users; analyze numbered_tracks;
        insert into listening_history (id, user_id, track_id, played_at, played_for, completed, source)
        select (lpad(to_hex(plays.number), 12, '0') || '7000' || left(md5(plays.number::text), 16))::uuid, users.id, tracks.id,
            timestamp '2020-01-01' + plays.number * interval '10 milliseconds', 200, true, 'playlist'
        from generate_series({from}, {to} - 1) as plays (number)
        inner join numbered_users as users on users.number = plays.number * 31 % {}
        inner join numbered_tracks as tracks on tracks.number = plays.number * 37 % {};
        {}
        drop table numbered_users, numbered_tracks",
        drops.join(" "),
        USERS,
        TRACKS,
        makes.join(" ")
    );
    sqlx::raw_sql(&sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    // or else the server would do it in the middle of what is measured
    execute(url, "vacuum analyze listening_history").await;
}
