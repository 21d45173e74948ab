//! `redrive` and `discard`.

use crate::desk::{Desk, GROUP, parents, play};
use serde_json::json;

const STATE: &str = "select count(*) from ingest.dead_letters where state = ";

#[tokio::test]
async fn what_is_right_becomes_a_row_once_and_what_fails_again_stays_open() {
    let mut desk = Desk::new().await;
    let (user, track) = parents(&mut desk).await;
    let good = desk
        .letter(("open", "invalid_field"), "x: y", play(user, track).as_bytes())
        .await;
    let orphan = desk
        .letter(
            ("open", "unknown_user"),
            "user_id: no",
            play(uuid::Uuid::new_v4(), track).as_bytes(),
        )
        .await;
    let bad = desk.letter(("open", "invalid_json"), "value: no", b"no").await;

    let dry = desk.run("redrive --dry-run --format json").json();
    assert_eq!(dry, json!({"resolved": 1, "still_failing": 2}));
    assert_eq!(desk.number("select count(*) from listening_history").await, 0);
    assert_eq!(
        desk.number("select sum(attempts) from ingest.dead_letters").await,
        3,
        "a dry run is no attempt"
    );

    let done = desk.run("redrive --yes --format json").json();
    assert_eq!(done, json!({"resolved": 1, "still_failing": 2}));
    assert_eq!(desk.number("select count(*) from listening_history").await, 1);
    assert_eq!(desk.number(&format!("{STATE}'open' and attempts = 2")).await, 2);
    assert_eq!(desk.number(&format!("{STATE}'resolved' and id = {good}")).await, 1);

    let ran = desk.run(&format!("redrive --id {bad}"));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.stdout, "resolved       0\nstill_failing  1\n");
    assert!(ran.stderr.starts_with("redrove 1 letter in "), "{}", ran.stderr);
    assert_eq!(
        desk.number(&format!("{STATE}'open' and id = {bad} and attempts = 3"))
            .await,
        1
    );
    let again = desk.run(&format!("redrive --id {good}"));
    assert_eq!(again.stdout, "resolved       0\nstill_failing  0\n");
    assert!(again.stderr.contains("is resolved: nothing to do"), "{}", again.stderr);

    let nobody = uuid::Uuid::new_v4();
    for (line, why) in [
        (format!("redrive --id {bad} --user {nobody}"), "--user asks for"),
        (
            format!("discard --id {bad} --user {nobody} --reason too_large"),
            "--reason with --user asks for",
        ),
    ] {
        let ran = desk.run(&line);
        let told = format!("letter {bad} is open, but is not what {why}: nothing to do\n");
        assert!(ran.stderr.starts_with(&told), "{line}: {}", ran.stderr);
        assert_eq!(ran.code, Some(0));
    }

    let ran = desk.run(&format!("discard --id {orphan}"));
    assert_eq!((ran.code, &*ran.stdout), (Some(0), "discarded      1\n"));
    assert_eq!(desk.number(&format!("{STATE}'discarded' and id = {orphan}")).await, 1);
}

/// 100 000 letters whose plays are right, made by the database.
async fn flood(desk: &mut Desk) {
    let (user, track) = parents(desk).await;
    desk.execute(&format!(
        "insert into ingest.dead_letters (consumer_group, topic, partition, record_offset, record_timestamp,
            record_value, reason, detail, state, in_ledger)
         select '{GROUP}', 'plays', n % 8, n, now(), convert_to(format(
            '{{\"type\":\"play\",\"event_id\":\"%s\",\"user_id\":\"{user}\",\"track_id\":\"{track}\",\"played_at\":%s}}',
            gen_random_uuid(), 1767268740000 + n), 'UTF8'), 'rejected_by_database', 'x: y', 'open', true
         from generate_series(1, 100000) as n;
         analyze ingest.dead_letters"
    ))
    .await;
}

#[tokio::test]
async fn a_hundred_thousand_letters_are_listed_and_redriven_by_two_at_once() {
    let mut desk = Desk::new().await;
    flood(&mut desk).await;
    let began = std::time::Instant::now();
    let listed = desk.run("list --reason rejected_by_database");
    assert!(listed.stdout.contains("and 99 950 more"), "{}", listed.stdout);
    assert!(desk.run("list").stdout.contains("100 000"));
    println!("listed in {:?}", began.elapsed());
    let began = std::time::Instant::now();
    let runs = [0, 1].map(|_| {
        let mut command = desk.command("redrive --reason rejected_by_database --yes --format json");
        std::thread::spawn(move || command.output().unwrap())
    });
    let mut resolved = 0;
    for run in runs {
        let output = run.join().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let counts: serde_json::Value = serde_json::from_slice(&output.stdout).expect(&stderr);
        assert_eq!(counts["still_failing"], 0);
        resolved += counts["resolved"].as_i64().unwrap();
        assert!(!output.stderr.contains(&0x1b), "no bar where there is no terminal");
    }
    println!("redriven in {:?}", began.elapsed());
    assert_eq!(resolved, 100_000, "each letter once");
    assert_eq!(desk.number("select count(*) from listening_history").await, 100_000);
    assert_eq!(desk.number(&format!("{STATE}'resolved'")).await, 100_000);
}
