use sqlx::PgConnection;

use crate::database::FreshDatabase;
use crate::program::{Ended, Program, until};

const SMALL: [&str; 9] = [
    "demo", "--events", "4000", "--users", "200", "--tracks", "500", "--seed", "1",
];

async fn count(conn: &mut PgConnection, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(conn).await.expect(query)
}

async fn tables(conn: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "select schemaname || '.' || tablename from pg_tables
         where schemaname not in ('pg_catalog', 'information_schema') order by 1",
    )
    .fetch_all(conn)
    .await
    .expect("tables can be listed")
}

fn assert_shown(ended: &Ended) {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for shown in [
        "events/s",
        "ms from sending a play",
        "listening_history",
        "consumed",
        "unknown_user",
        "waiting",
    ] {
        assert!(ended.stdout.contains(shown), "{shown:?} is missing in {ended:?}");
    }
    assert!(ended.stdout.contains("  0 rows changed ("), "{ended:?}");
    // the line with the database's URL is as long as that is
    let mut wide = ended.stdout.lines().filter(|line| line.chars().count() > 80);
    assert!(
        wide.all(|line| line.contains("psql")),
        "wider than 80 columns: {ended:?}"
    );
    assert!(!ended.stdout.contains('\u{1b}'), "colours off a terminal: {ended:?}");
}

/// How many records the second ingestion left unchanged.
fn unchanged(ended: &Ended) -> i64 {
    let outcome = ended.stdout.split_once("0 rows changed (").map(|(_, rest)| rest);
    let number = outcome
        .and_then(|rest| rest.split_once(" unchanged"))
        .map(|(number, _)| number);
    number
        .expect("the outcome is told")
        .replace(' ', "")
        .parse()
        .expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_shown_once_and_once_more_on_a_former_demos_database() {
    let database = FreshDatabase::empty().await;
    let program = Program::on(&database);
    let first = program.run(&SMALL);
    assert_shown(&first);
    assert!(first.stderr.contains("made 200 users and 500 tracks"), "{first:?}");
    assert!(
        first.stdout.contains(&format!("as group {}-again", program.group_id())),
        "{first:?}"
    );
    let mut conn = database.connect().await;
    let consumed = "select sum(consumed)::bigint from ingest.progress group by consumer_group order by 1 limit 1";
    let before = count(&mut conn, consumed).await;
    assert_eq!(before, program.records().await.values().sum::<i64>());
    assert!(before >= 4000);
    assert_eq!(count(&mut conn, "select count(*) from users").await, 200);

    let second = program.run(&SMALL);
    assert_shown(&second);
    assert!(second.stderr.contains("a former demo's"), "{second:?}");
    // what the first demo ingested again is not told of once more
    for ended in [&first, &second] {
        assert!((3_900..4_100).contains(&unchanged(ended)), "{ended:?}");
    }
    assert!(count(&mut conn, consumed).await >= before + 4000);
    assert_eq!(count(&mut conn, "select count(*) from users").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_somebodys_is_refused_and_left_alone() {
    let database = FreshDatabase::with_parents().await;
    let program = Program::on(&database);
    let ended = program.run(&SMALL);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("public.tracks, public.users"), "{ended:?}");
    assert_eq!(
        tables(&mut database.connect().await).await,
        ["public.tracks", "public.users"]
    );
    assert!(program.records().await.is_empty(), "no topic was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_that_are_somebodys_are_refused_and_left_alone() {
    let database = FreshDatabase::empty().await;
    let program = Program::on(&database);
    program.put_foreign_record().await;
    let ended = program.run(&SMALL);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("do not go together"), "{ended:?}");
    assert_eq!(tables(&mut database.connect().await).await, [] as [&str; 0]);
    assert_eq!(program.records().await.values().sum::<i64>(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_made_anew_under_a_former_demos_database_are_refused() {
    let database = FreshDatabase::empty().await;
    assert_shown(&Program::on(&database).run(&SMALL));
    let elsewhere = Program::on(&database);
    elsewhere.put_foreign_record().await;
    let ended = elsewhere.run(&SMALL);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("do not go together"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_broker_or_database_gives_69_and_leaves_the_database_empty() {
    let database = FreshDatabase::empty().await;
    let no_broker = Program::on(&database).with_brokers("127.0.0.1:1");
    let no_database = Program::on(&database).with_database_url("postgres://nobody@127.0.0.1:1/nothing");
    for program in [no_broker, no_database] {
        let ended = program.run(&SMALL);
        assert_eq!(ended.code, Some(69), "{ended:?}");
    }
    assert_eq!(tables(&mut database.connect().await).await, [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_up_it_ingests_new_events_until_a_signal() {
    let database = FreshDatabase::empty().await;
    let program = Program::on(&database);
    let mut running = program.start(&[&SMALL[..], &["--keep"]].concat());
    let mut told = running.lines_of_stdout();
    assert!(
        told.any(|line| line.contains("for Prometheus")),
        "the report was printed"
    );
    let mut conn = database.connect().await;
    let consumed = "select max(consumed)::bigint from (
        select sum(consumed) as consumed from ingest.progress group by consumer_group) as groups";
    let before = count(&mut conn, consumed).await;
    until(async || count(&mut conn, consumed).await >= before + 10).await;
    let ended = running.stop();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("all that was taken in is stored"), "{ended:?}");
}
