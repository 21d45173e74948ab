use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::Executor;

use crate::database::FreshDatabase;
use crate::program::{Program, until};

async fn with_listeners() -> FreshDatabase {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    conn.execute("insert into users select gen_random_uuid(), 'u' from generate_series(1, 50)")
        .await
        .expect("users can be made");
    conn.execute("insert into tracks select gen_random_uuid(), 't' from generate_series(1, 100)")
        .await
        .expect("tracks can be made");
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_that_is_told_of_is_in_the_topics() {
    let database = with_listeners().await;
    let program = Program::on(&database);
    let ended = program.run(&["generate", "--count", "2000", "--seed", "3", "--format", "json"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("with 6 partitions"), "{ended:?}");
    let result: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!((&result["seed"], &result["sent"]), (&3.into(), &2000.into()));
    // a loaded broker tells of a record's place a moment after it has acknowledged it
    until(async || program.records().await.values().sum::<i64>() == 2000).await;
    let records = program.records().await;
    let likes = result["counts"]["likes"].as_i64().unwrap() + result["counts"]["unlikes"].as_i64().unwrap();
    assert!(likes > 100 && records["likes"] >= likes, "{records:?} {result}");

    // the topics are there now, so a second call makes none and adds to them
    let again = program.run(&["generate", "--count", "500", "--partitions", "2"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(!again.stderr.contains("made topic"), "{again:?}");
    assert!(again.stdout.contains("sent    500 events"), "{again:?}");
    until(async || program.records().await.values().sum::<i64>() == 2500).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_no_faster_than_asked() {
    let database = with_listeners().await;
    let program = Program::on(&database);
    let began = Instant::now();
    let ended = program.run(&["generate", "--count", "41", "--rate", "40"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        began.elapsed() >= Duration::from_secs(1),
        "41 events at 40 a second in {:?}",
        began.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_it_with_an_account_of_what_was_sent() {
    let database = with_listeners().await;
    let program = Program::on(&database);
    let running = program.start(&["generate", "--count", "1000000", "--rate", "50", "--format", "json"]);
    until(async || program.records().await.values().sum::<i64>() >= 5).await;
    let ended = running.stop();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("stopped by a signal"), "{ended:?}");
    let result: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(result["sent"].as_i64(), Some(program.records().await.values().sum()));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_users_or_their_table_it_says_what_to_do() {
    let bare = FreshDatabase::with_parents().await;
    let ended = Program::on(&bare).run(&["generate", "--count", "1"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.stderr.contains("table users in database") && ended.stderr.contains("is empty"),
        "{ended:?}"
    );

    let empty = FreshDatabase::empty().await;
    let ended = Program::on(&empty).run(&["generate", "--count", "1"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("which AudiOhm's backend makes"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_broker_or_database_gives_69() {
    let database = with_listeners().await;
    // nothing listens on port 1
    let no_broker = Program::on(&database).with_brokers("127.0.0.1:1");
    let no_database = Program::on(&database).with_database_url("postgres://nobody@127.0.0.1:1/nothing");
    for program in [no_broker, no_database] {
        let ended = program.run(&["generate", "--count", "1"]);
        assert_eq!(ended.code, Some(69), "{ended:?}");
    }
}
