//! The subcommand: its arguments, what it prints, and its exit codes.

use audiohm_ingest::command::migrate::{MigrateArgs, MigrateFailure, run};
use audiohm_ingest::store::PgConnectOptions;
use clap::Parser;

use crate::catalog::{dump, execute};
use crate::database::FreshDatabase;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    migrate: MigrateArgs,
}

/// What a command line prints.
async fn print(line: &str, database: &PgConnectOptions) -> Result<String, MigrateFailure> {
    let line = Line::try_parse_from(format!("migrate {line}").split_whitespace()).unwrap();
    let mut out = Vec::new();
    run(&line.migrate, database, &mut out).await?;
    Ok(String::from_utf8(out).unwrap())
}

#[tokio::test]
async fn up_status_history_and_down_say_what_happened() {
    let database = FreshDatabase::with_parents().await;
    let options = database.options();
    let text = print("status", &options).await.unwrap();
    assert!(text.contains("current version  none"), "{text}");
    assert!(text.contains("pending          20261123100100"), "{text}");
    assert!(
        text.ends_with("missing          public.listening_history\nmissing          public.liked_tracks\n"),
        "{text}"
    );

    let text = print("up --to 20261123100200", &options).await.unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "applied 20261123100100  made objects",
            "applied 20261123100200  library tables",
            "made public.listening_history and public.liked_tracks",
        ]
    );
    let text = print("history", &options).await.unwrap();
    let states: Vec<_> = text
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(states.last().unwrap(), "20261123100100 applied");
    let newest = states.first().unwrap().strip_suffix(" pending");
    let newest = newest.expect("the newest migration is not applied yet");

    print("up", &options).await.unwrap();
    let text = print("status", &options).await.unwrap();
    assert!(text.contains(&format!("current version  {newest}")), "{text}");
    assert!(text.contains("public.liked_tracks (made by migrate up)"), "{text}");
    assert!(!text.contains("pending"), "{text}");

    let text = print("down", &options).await.unwrap();
    assert!(
        text.contains("dropped public.liked_tracks, which `migrate up` had made"),
        "{text}"
    );
    assert_eq!(print("down", &options).await.unwrap(), "nothing to undo\n");
}

#[tokio::test]
async fn json_is_printed_where_it_is_asked_for() {
    let database = FreshDatabase::with_parents().await;
    let options = database.options();
    for line in ["up", "status", "history", "down"] {
        let text = print(&format!("{line} --format json"), &options).await.unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        match line {
            "up" => assert_eq!(value["library_tables"], "made"),
            "status" => assert_eq!(value["current_version"], value["latest_version"]),
            "history" => {
                assert_eq!(value[0]["state"], "applied");
                let time = value[0]["applied_at"].as_str().unwrap();
                assert!(chrono::DateTime::parse_from_rfc3339(time).is_ok(), "{time}");
            }
            _ => assert_eq!(value["dropped"].as_array().unwrap().len(), 2),
        }
    }
}

#[tokio::test]
async fn with_sql_the_script_is_printed_and_nothing_is_executed() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    let before = dump(&mut conn).await;
    let script = print("up --sql", &database.options()).await.unwrap();
    assert!(script.starts_with("begin"), "{script}");
    assert!(script.contains("create table public.liked_tracks"), "{script}");
    assert!(script.contains("insert into ingest._sqlx_migrations"), "{script}");
    assert!(script.trim_end().ends_with("commit;"), "{script}");
    assert_eq!(dump(&mut conn).await, before);
}

#[tokio::test]
async fn a_refusal_exits_with_1_and_silence_with_69() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    execute(
        &mut conn,
        "create table public.alembic_version (version_num varchar(32) primary key)",
    )
    .await;
    let refusal = print("up", &database.options()).await.unwrap_err();
    assert_eq!(refusal.exit() as i32, 1);

    // a port that was free a moment ago: nobody listens on it
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let nobody = PgConnectOptions::new().host("127.0.0.1").port(port).username("nobody");
    let silence = print("status", &nobody).await.unwrap_err();
    assert_eq!(silence.exit() as i32, 69);
    assert!(silence.to_string().contains("not reachable"), "{silence}");
}
