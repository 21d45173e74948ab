//! `audit`: nothing to say where all is right, and where something is not, what and which record.

use crate::database::FreshDatabase;
use crate::harness::{Form, READER, Scene, Script, Sent, as_role, seed};
use audiohm_ingest::event::{Event, Reason, Timestamp, Unlike};
use audiohm_ingest::store;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::error::DatabaseError;

/// What the audit says for programs; the exit code is right.
async fn audit(scene: &Scene, args: &[&str]) -> Value {
    let all: Vec<&str> = ["audit", "--format", "json"].iter().chain(args).copied().collect();
    let finished = scene.run(&all).await;
    let said: Value = serde_json::from_str(&finished.stdout).expect(&finished.stderr);
    let differs = said["differences"] != 0;
    assert_eq!(finished.code, Some(i32::from(differs)), "{said:#}\n{}", finished.stderr);
    said
}

async fn is_right(scene: &Scene, args: &[&str]) -> Value {
    let said = audit(scene, args).await;
    assert_eq!(said["differences"], 0, "{said:#}");
    said
}

async fn execute(connection: &mut PgConnection, statements: &str) {
    let done = sqlx::raw_sql(statements).execute(connection);
    done.await.expect(statements);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_of_duplicates_dead_letters_replays_and_deleted_users() {
    let mut scene = Scene::new(2, 3).await;
    let mut connection = scene.database.connect().await;
    let mut script = Script::new(seed(), &scene);
    scene.broker.send(&script.mixed(800));
    // a replay that is ahead of the group, whose letters are in no ledger yet
    let replay = ["replay", "start", "--yes", "--name", "ahead"];
    assert_eq!(scene.run(&replay).await.code, Some(0));
    let before = is_right(&scene, &["--from", "earliest"]).await;
    assert_eq!(
        before["events"]["records"], 0,
        "nothing is stored by the group: {before:#}"
    );
    assert_eq!(before["events"]["offsets_not_stored"], 800, "{before:#}");
    scene.catch_up().await;
    let said = is_right(&scene, &["--from", "earliest"]).await;
    assert_eq!(said["events"]["records"], 800, "{said:#}");
    assert!(said["events"]["dead_letters"].as_i64().unwrap() > 0, "{said:#}");

    // letters that a replay alone has met
    let bad = Sent::bad(&scene.topics[0], "no".to_owned(), Reason::InvalidJson);
    scene.broker.send(&[bad.clone(), bad]);
    let replay = ["replay", "start", "--yes", "--name", "more"];
    assert_eq!(scene.run(&replay).await.code, Some(0));
    is_right(&scene, &["--from", "earliest"]).await;

    let gone = scene.users[0].0;
    execute(
        &mut connection,
        &format!(
            "delete from listening_history where user_id = '{gone}'; delete from liked_tracks where user_id = '{gone}';
             delete from users where id = '{gone}'"
        ),
    )
    .await;
    // reading is enough
    scene.set("DATABASE__URL", as_role(&scene.database, READER).as_str());
    let said = is_right(&scene, &["--topic", &scene.topics[0], "--topic", &scene.topics[1]]).await;
    assert!(said["events"]["orphans"].as_i64().unwrap() > 0, "{said:#}");
    assert_eq!(said["events"]["offsets_not_stored"], 2, "{said:#}");
}

#[tokio::test]
async fn its_session_cannot_write_even_as_somebody_who_may() {
    let database = FreshDatabase::with_parents().await;
    let insert = "insert into users (id) values (gen_random_uuid())";
    let (mut owner, mut session) = (
        database.connect().await,
        store::audit::connect(database.options()).await.unwrap(),
    );
    sqlx::query(insert).execute(&mut owner).await.unwrap();
    let refused = sqlx::query(insert).execute(&mut session).await.unwrap_err();
    let code = refused.as_database_error().and_then(DatabaseError::code).unwrap();
    assert_eq!(code, "25006", "{refused}");
}

const TABLES: [&str; 5] = [
    "public.listening_history",
    "public.liked_tracks",
    "ingest.like_state",
    "ingest.dead_letters",
    "ingest.progress",
];

fn for_each_table(statement: impl Fn(&str, usize) -> String) -> String {
    let statements = TABLES
        .iter()
        .enumerate()
        .map(|(number, table)| statement(table, number));
    statements.collect()
}

/// Twenty plays, a like, an unlike of another pair, and something that is no event: one partition, so that the offset of
/// each is its place.
fn records(scene: &Scene, script: &mut Script) -> Vec<Sent> {
    let topic = &scene.topics[0];
    let mut records = script.plays(20);
    let like = script.like();
    let unlike = Unlike {
        user_id: scene.users[1],
        track_id: scene.tracks[1],
        unliked_at: Timestamp::from_micros(chrono::Utc::now().timestamp_micros()),
    };
    let like = audiohm_ingest::event::Like {
        user_id: scene.users[0],
        track_id: scene.tracks[0],
        ..like
    };
    records.extend([Event::Like(like), Event::Unlike(unlike)].map(|event| Sent::event(topic, &event, Form::Plain)));
    records.push(Sent::bad(topic, "no".to_owned(), Reason::InvalidJson));
    records
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_is_told_with_its_coordinates() {
    let scene = Scene::new(1, 1).await;
    let records = records(&scene, &mut Script::new(seed(), &scene));
    scene.broker.send(&records);
    scene.catch_up().await;
    let mut connection = scene.database.connect().await;
    let copies = for_each_table(|table, number| format!("create table copy_{number} as table {table};"));
    execute(&mut connection, &copies).await;
    execute(
        &mut connection,
        "alter table ingest.progress drop constraint progress_ledger_check",
    )
    .await;
    let truncate = for_each_table(|table, _| format!("truncate {table};"));
    let restore = truncate
        + &for_each_table(|table, number| {
            format!("insert into {table} overriding system value select * from copy_{number};")
        });
    let admin: AdminClient<DefaultClientContext> = scene.broker.client().create().unwrap();
    let mut until = TopicPartitionList::new();
    until
        .add_partition_offset(&scene.topics[0], 0, Offset::Offset(3))
        .unwrap();
    admin.delete_records(&until, &AdminOptions::new()).await.unwrap();
    is_right(&scene, &["--from", "earliest"]).await;

    let play = |place: usize| match records[place].as_event() {
        Some(Event::Play(play)) => play.id.0,
        other => panic!("{other:?} is no play"),
    };
    let (seven, eight, nine) = (play(7), play(8), play(9));
    let row = "update listening_history set";
    for (harm, checks, offset) in [
        (
            format!("delete from listening_history where id = '{seven}'"),
            "events",
            7,
        ),
        (format!("{row} played_for = -1 where id = '{eight}'"), "events", 8),
        (
            format!("{row} played_at = played_at + interval '1 s' where id = '{nine}'"),
            "events",
            9,
        ),
        ("delete from liked_tracks".to_owned(), "events", 20),
        (
            "delete from ingest.like_state where unliked_at is not null".to_owned(),
            "events",
            21,
        ),
        ("delete from ingest.dead_letters".to_owned(), "letters events", 22),
        (
            "update ingest.dead_letters set in_ledger = false".to_owned(),
            "letters",
            -1,
        ),
        (
            "update ingest.progress set consumed = consumed + 1".to_owned(),
            "ledger",
            -1,
        ),
        (
            "update ingest.progress set next_offset = 24".to_owned(),
            "positions",
            -1,
        ),
        ("update ingest.progress set next_offset = 2".to_owned(), "positions", -1),
    ] {
        execute(&mut connection, &harm).await;
        let said = audit(&scene, &["--from", "earliest"]).await;
        let failed = said["checks"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|check| check["verdict"] == "fail");
        let failed: Vec<&Value> = failed.collect();
        let names: Vec<&str> = failed.iter().map(|check| check["check"].as_str().unwrap()).collect();
        assert_eq!(names.join(" "), checks, "{harm}: {said:#}");
        for check in failed {
            let first = check["first"].as_array().unwrap();
            assert_eq!(first.len(), 1, "{harm}: {said:#}");
            assert_eq!(first[0]["topic"], scene.topics[0], "{harm}");
            if check["check"] == "events" {
                assert_eq!(first[0]["offset"], offset, "{harm}: {said:#}");
            }
        }
        execute(&mut connection, &restore).await;
    }
    let text = scene.run(&["audit"]).await;
    assert_eq!(text.code, Some(0), "{}", text.stderr);
    let verdicts: Vec<&str> = text
        .stdout
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(verdicts, ["Audit", "ok", "ok", "ok", "skip"], "{}", text.stdout);
}
