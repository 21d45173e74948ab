//! What is printed, how it ends, and that nothing keeps the rest from being looked at.

use std::time::{Duration, Instant};

use crate::place::{Place, execute, run};

#[tokio::test]
async fn on_a_right_set_up_every_check_passes() {
    let place = Place::right().await;
    let said = place.check().await;
    said.only("fail", &[]);
    said.only("skip", &[]);
    said.only("warn", &[]);
    assert_eq!(said.code, 0, "{said:?}");
    let found = said.with("ok").join("\n");
    for piece in [
        "settings: 3 from flags, ",
        &format!("topic: {}: 2 partitions, cleanup.policy delete", place.topics[0]),
        &format!(
            "record times: {}: set by the producers, at most 1 h ahead",
            place.topics[1]
        ),
        &format!("retention: {}: no end", place.topics[0]),
        "kafka rights: 2 topics read, offsets of group audiohm-ingest shown",
        "encoding: UTF8",
        "time zone: UTC for the database and every role",
        "foreign keys: 4 on the library tables, all in force",
        "indexes: 5 that another one stands in for: ix_liked_tracks_id (liked_tracks_pkey), ",
        "positions: 0 within the log, 4 of partitions that the group has not read yet",
    ] {
        assert!(found.contains(piece), "{piece:?} in\n{found}");
    }
}

#[tokio::test]
async fn the_table_has_a_line_for_each_finding_that_begins_with_its_verdict() {
    let place = Place::right().await;
    let findings = place.check().await.findings();
    let said = place.check_as(&place.database.url(), &["--format=table"]).await;
    let lines: Vec<_> = said.stdout.lines().collect();
    assert_eq!(lines.len(), findings.len(), "{}", said.stdout);
    for (line, finding) in lines.iter().zip(&findings) {
        let (verdict, rest) = line.split_once(' ').unwrap();
        assert_eq!(verdict, finding["verdict"]);
        assert!(
            rest.trim_start().starts_with(finding["check"].as_str().unwrap()),
            "{line}"
        );
    }
    assert_eq!(said.code, 0);
}

#[tokio::test]
async fn without_a_database_the_log_is_looked_at_all_the_same() {
    let place = Place::right().await;
    let nobody = format!("postgres://nobody@127.0.0.1:{}/nothing", free_port());
    let said = place.check_as(&nobody, &[]).await;
    assert_eq!(said.code, 1);
    said.only(
        "fail",
        &[("database: no session", "; start PostgreSQL, or correct database.url")],
    );
    assert_eq!(
        said.with("ok").len(),
        1 + 1 + 3 * 2 + 1,
        "settings, broker, three for each topic, and rights"
    );
    assert!(
        said.with("skip")
            .contains(&"rights: there is no session with the database; ".to_owned())
    );
    assert!(said.stderr.contains("1 of "), "{}", said.stderr);
}

#[tokio::test]
async fn without_a_broker_the_database_is_looked_at_all_the_same_and_it_is_over_soon() {
    let place = Place::right().await;
    let (began, brokers) = (Instant::now(), format!("--set=kafka.brokers=127.0.0.1:{}", free_port()));
    let said = place.check_as(&place.database.url(), &[&brokers]).await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(said.code, 1);
    said.only("fail", &[("broker: no broker answers", "Connection refused")]);
    let skipped: Vec<_> = said
        .with("skip")
        .iter()
        .map(|it| it.split(':').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        skipped,
        ["topic", "record times", "retention", "kafka rights", "positions"]
    );
    assert!(said.with("ok").iter().any(|it| it.starts_with("rights: ")));
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_told_from_a_server_that_is_away() {
    let place = Place::with_topics(&[&[]]).await;
    let said = place.check_as(&format!("{}_missing", place.database.url()), &[]).await;
    said.only("fail", &[("database: ", "correct its name in database.url")]);
}

#[tokio::test]
async fn a_database_that_stops_answering_does_not_hold_it_up() {
    let place = Place::right().await;
    let mut conn = place.database.connect().await;
    execute(&mut conn, "begin; lock table ingest._sqlx_migrations").await;
    let began = Instant::now();
    let said = place.check().await;
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    said.only(
        "fail",
        &[("database: it did not answer everything", "locks on schema ingest")],
    );
    let skipped = said.with("skip").join("\n");
    assert!(skipped.contains("schema: the database stopped answering"), "{skipped}");
    // what was asked before stands
    assert!(said.with("ok").iter().any(|it| it.starts_with("connections: ")));
}

#[tokio::test]
async fn wrong_settings_end_it_with_78_before_anything_is_looked_at() {
    let said = run(vec!["check".to_owned(), "--set=writer.lanes=0".to_owned()]).await;
    assert_eq!(said.code, 78);
    assert_eq!(said.stdout, "");
    assert!(said.stderr.contains("writer.lanes"), "{}", said.stderr);
}

/// Of a port that was free a moment ago: nobody listens on it.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
