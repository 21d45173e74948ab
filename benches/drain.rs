//! Draining a preloaded topic, against the floor: binary COPY of the same rows into the same fresh tables.
//!
//! Rounds of floor and worker alternate in one run, since a machine's speed changes from minute to minute; each
//! figure is a median, with the smallest and the largest round beside it. Called by `scripts/bench`, which starts
//! the services and says in `BENCH_*` where they are.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a benchmark ends at the first thing that is wrong, prints, and counts less than 2^31 of anything"
)]

use audiohm_ingest::kafka::{InitialPosition, Outgoing, Producer, Settings, ensure_topics};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sqlx::{Connection, PgConnection};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use uuid::Uuid;

const EVENTS: usize = 300_000;
const USERS: usize = 50_000;
const TRACKS: usize = 100_000;
const PARTITIONS: i32 = 8;
const SEED: u64 = 7;
/// 2026-01-01 in microseconds since 1970.
const START: i64 = 1_767_225_600_000_000;
/// 2000-01-01 in microseconds since 1970: where PostgreSQL's times begin.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

struct Play {
    id: Uuid,
    user: Uuid,
    track: Uuid,
    played_at: i64,
    played_for: i32,
}

/// What one round took, per row.
#[derive(Clone, Copy)]
struct Round {
    rows_per_second: f64,
    postgres_micros: f64,
    program_micros: f64,
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run scripts/bench"))
}

#[tokio::main]
async fn main() {
    let rounds: usize = std::env::var("BENCH_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(3);
    let (users, tracks, plays) = plays();
    let topic = format!("bench.plays.{}", std::process::id());
    preload(&topic, &plays).await;
    println!("{EVENTS} plays of {USERS} users and {TRACKS} tracks, seed {SEED}, {rounds} rounds each");
    println!(
        "{:<14}{:>28}{:>26}{:>26}",
        "", "rows/s", "PostgreSQL CPU us/row", "program CPU us/row"
    );
    for connections in [1, 2] {
        let (mut floor, mut worker) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            floor.push(copy(&users, &tracks, &plays, connections).await);
            worker.push(drain(&users, &tracks, &topic, connections).await);
        }
        report("COPY", connections, &floor);
        report("worker", connections, &worker);
        let ratio = |value: fn(&Round) -> f64| median(&worker, value).0 / median(&floor, value).0;
        let (rate, cpu) = (
            ratio(|round| round.rows_per_second),
            ratio(|round| round.postgres_micros),
        );
        println!("{:<14}{rate:>28.2}{cpu:>26.2}", "ratio");
        println!(
            "{}",
            serde_json::json!({ "connections": connections, "rate_ratio": rate, "postgres_cpu_ratio": cpu })
        );
    }
}

fn plays() -> (Vec<Uuid>, Vec<Uuid>, Vec<Play>) {
    println!("seed {SEED}");
    let mut rng = StdRng::seed_from_u64(SEED);
    let id = |rng: &mut StdRng| uuid::Builder::from_random_bytes(rng.random()).into_uuid();
    let users: Vec<_> = (0..USERS).map(|_| id(&mut rng)).collect();
    let tracks: Vec<_> = (0..TRACKS).map(|_| id(&mut rng)).collect();
    // the square of a uniform number: a few heavy users and popular tracks
    let skewed = |rng: &mut StdRng, ids: &[Uuid]| {
        let place = rng.random::<f64>().powi(2) * ids.len() as f64;
        ids[(place as usize).min(ids.len() - 1)]
    };
    let play = |number: usize, rng: &mut StdRng| Play {
        id: id(rng),
        user: skewed(rng, &users),
        track: skewed(rng, &tracks),
        played_at: START + number as i64 * 10_000,
        played_for: rng.random_range(5..300),
    };
    let plays = (0..EVENTS).map(|number| play(number, &mut rng)).collect();
    (users, tracks, plays)
}

async fn preload(topic: &str, plays: &[Play]) {
    let settings = Settings {
        brokers: env("BENCH_KAFKA"),
        topics: vec![topic.to_owned()],
        group_id: "bench".to_owned(),
        initial_position: InitialPosition::Earliest,
        properties: std::collections::BTreeMap::new(),
    };
    ensure_topics(&settings, &[topic.to_owned()], PARTITIONS).await.unwrap();
    let mut producer = Producer::open(&settings).unwrap();
    for play in plays {
        let played_at = chrono::DateTime::from_timestamp_micros(play.played_at)
            .unwrap()
            .to_rfc3339();
        let value = format!(
            r#"{{"type":"play","event_id":"{}","user_id":"{}","track_id":"{}","played_at":"{played_at}","played_for":{},"completed":true,"source":"playlist"}}"#,
            play.id, play.user, play.track, play.played_for
        );
        let key = play.user.to_string();
        let outgoing = Outgoing {
            topic,
            key: Some(key.as_bytes()),
            value: Some(value.as_bytes()),
            ..Outgoing::default()
        };
        producer.send(&outgoing).unwrap();
    }
    producer.flush(Duration::from_mins(1)).unwrap();
}

/// A fresh database with the worker's schema and the parents in place.
async fn fresh_database(users: &[Uuid], tracks: &[Uuid]) -> String {
    let server = env("BENCH_POSTGRES");
    let mut admin = PgConnection::connect(&server).await.unwrap();
    sqlx::raw_sql("drop database if exists bench")
        .execute(&mut admin)
        .await
        .unwrap();
    sqlx::raw_sql("create database bench")
        .execute(&mut admin)
        .await
        .unwrap();
    let url = format!("{}/bench", server.rsplit_once('/').unwrap().0);
    let mut connection = PgConnection::connect(&url).await.unwrap();
    for (table, ids) in [("users", users), ("tracks", tracks)] {
        let sql = format!("create table {table} (id uuid primary key)");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(&mut connection)
            .await
            .unwrap();
        let sql = format!("insert into {table} select unnest($1::uuid[])");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(ids)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    let migrated = Command::new(env("BENCH_WORKER"))
        .args(["migrate", "up"])
        .env("INGEST__DATABASE__URL", &url)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(migrated.success());
    for sql in ["vacuum analyze", "checkpoint"] {
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    }
    url
}

async fn copy(users: &[Uuid], tracks: &[Uuid], plays: &[Play], connections: usize) -> Round {
    let url = fresh_database(users, tracks).await;
    let parts: Vec<Vec<u8>> = plays.chunks(plays.len().div_ceil(connections)).map(binary).collect();
    let (postgres, program, began) = (postgres_cpu(), own_cpu(), Instant::now());
    let copies = parts.into_iter().map(|part| {
        let url = url.clone();
        tokio::spawn(async move {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            let sql = "copy listening_history (id, user_id, track_id, played_at, played_for, completed, source) \
                       from stdin with (format binary)";
            let mut copy = connection.copy_in_raw(sql).await.unwrap();
            copy.send(part).await.unwrap();
            copy.finish().await.unwrap();
            connection.close().await.unwrap();
        })
    });
    for copy in copies.collect::<Vec<_>>() {
        copy.await.unwrap();
    }
    round(&url, began.elapsed(), postgres, own_cpu() - program).await
}

async fn drain(users: &[Uuid], tracks: &[Uuid], topic: &str, lanes: usize) -> Round {
    let url = fresh_database(users, tracks).await;
    let (postgres, children, began) = (postgres_cpu(), children_cpu(), Instant::now());
    let status = Command::new(env("BENCH_WORKER"))
        .args(["run", "--until-caught-up"])
        .env("INGEST__DATABASE__URL", &url)
        .env("INGEST__KAFKA__BROKERS", env("BENCH_KAFKA"))
        .env("INGEST__KAFKA__GROUP_ID", format!("bench-{}", Uuid::new_v4()))
        .env("INGEST__KAFKA__TOPICS", format!("[\"{topic}\"]"))
        .env("INGEST__WRITER__LANES", lanes.to_string())
        .env("INGEST__ADMIN__LISTEN", "127.0.0.1:0")
        .env("INGEST__LOG__LEVEL", "warn")
        .status()
        .unwrap();
    assert!(status.success());
    round(&url, began.elapsed(), postgres, children_cpu() - children).await
}

async fn round(url: &str, elapsed: Duration, postgres_before: f64, program: f64) -> Round {
    let postgres = postgres_cpu() - postgres_before;
    let mut connection = PgConnection::connect(url).await.unwrap();
    let rows: i64 = sqlx::query_scalar("select count(*) from listening_history")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(rows, EVENTS as i64, "every play is stored");
    let per_row = |seconds: f64| seconds * 1e6 / EVENTS as f64;
    Round {
        rows_per_second: EVENTS as f64 / elapsed.as_secs_f64(),
        postgres_micros: per_row(postgres),
        program_micros: per_row(program),
    }
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

/// Seconds of CPU that the server has taken, with all its processes, those that ended included.
fn postgres_cpu() -> f64 {
    let postmaster: u32 = env("BENCH_POSTGRES_PID").parse().unwrap();
    let of_backends: f64 = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(stat)
        .filter(|stat| stat.parent == postmaster)
        .map(|stat| stat.own)
        .sum();
    let server = stat(postmaster).expect("PostgreSQL is running");
    of_backends + server.own + server.children
}

fn own_cpu() -> f64 {
    stat(std::process::id()).unwrap().own
}

fn children_cpu() -> f64 {
    stat(std::process::id()).unwrap().children
}

struct Stat {
    parent: u32,
    own: f64,
    children: f64,
}

/// Times in `/proc/PID/stat` count in hundredths of a second.
fn stat(pid: u32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let seconds = |place: usize| fields.get(place)?.parse::<f64>().ok().map(|ticks| ticks / 100.0);
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: seconds(11)? + seconds(12)?,
        children: seconds(13)? + seconds(14)?,
    })
}

fn median(rounds: &[Round], value: fn(&Round) -> f64) -> (f64, f64, f64) {
    let mut values: Vec<f64> = rounds.iter().map(value).collect();
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[0], values[values.len() - 1])
}

fn report(name: &str, connections: usize, rounds: &[Round]) {
    let show = |value: fn(&Round) -> f64, digits: usize| {
        let (middle, least, most) = median(rounds, value);
        format!("{middle:.digits$} ({least:.digits$} to {most:.digits$})")
    };
    let [rate, postgres, program] = [
        show(|round| round.rows_per_second, 0),
        show(|round| round.postgres_micros, 1),
        show(|round| round.program_micros, 1),
    ];
    println!(
        "{:<14}{rate:>28}{postgres:>26}{program:>26}",
        format!("{name} x{connections}")
    );
}
