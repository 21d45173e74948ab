//! `purge`.

use crate::desk::{Desk, parents, play};
use uuid::Uuid;

#[tokio::test]
async fn an_erasure_finds_a_user_wherever_its_letters_name_it() {
    let mut desk = Desk::new().await;
    let (user, track) = parents(&mut desk).await;
    let upper = play(user, track).to_uppercase();
    let utf_16: Vec<u8> = play(user, track).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let broken = [b"\xff", play(user, track).as_bytes()].concat();
    let simple = format!("{{\"user_id\": \"{}\"", user.simple());
    for value in [upper.as_bytes(), &utf_16, &broken, simple.as_bytes()] {
        desk.letter(("open", "invalid_json"), &format!("user_id: {user}"), value)
            .await;
    }
    let keyed = desk.letter(("open", "invalid_json"), "value: no", b"no").await;
    let headed = desk.letter(("waiting", "unknown_user"), "user_id: no", b"no").await;
    let other = desk
        .letter(
            ("open", "invalid_json"),
            "value: no",
            play(Uuid::new_v4(), track).as_bytes(),
        )
        .await;
    desk.execute(&format!(
        "update ingest.dead_letters set record_key = '{user}' where id = {keyed};
         update ingest.dead_letters set record_headers = '[{{\"name\":\"user\",\"value\":\"{user}\"}}]' where id = {headed}"
    ))
    .await;
    let ran = desk.run(&format!("purge --user {user} --yes"));
    assert_eq!(
        (ran.code, &*ran.stdout),
        (Some(0), "purged         6\n"),
        "{}",
        ran.stderr
    );
    let named = format!(
        "select count(*) from ingest.dead_letters as letter where letter::text like '%{user}%'
         or record_key is not null and id <> {other} or record_value is not null and id <> {other}"
    );
    assert_eq!(desk.number(&named).await, 0);
    let kept = "select count(*) from ingest.dead_letters where record_value is not null and state = 'open'";
    assert_eq!(desk.number(kept).await, 1);
    let given_up = "select count(*) from ingest.dead_letters where state = 'discarded' and topic = 'plays'";
    assert_eq!(
        desk.number(given_up).await,
        6,
        "an emptied letter is never taken for a tombstone"
    );
    assert!(desk.run(&format!("show {keyed}")).stdout.contains("emptied by a purge"));
    let redriven = desk.run(&format!("redrive --id {keyed}"));
    assert!(
        redriven.stderr.contains("emptied: nothing to do"),
        "{}",
        redriven.stderr
    );
}

#[tokio::test]
async fn a_purge_without_a_user_leaves_alone_what_is_still_needed() {
    let mut desk = Desk::new().await;
    for state in ["open", "waiting", "resolved", "discarded"] {
        desk.letter((state, "unknown_user"), "user_id: no", b"{}").await;
    }
    assert_eq!(desk.run("purge --yes").stdout, "purged         2\n");
    let full =
        "select count(*) from ingest.dead_letters where record_value is not null and state in ('open', 'waiting')";
    assert_eq!(desk.number(full).await, 2);
    assert_eq!(desk.run("purge --yes").stdout, "purged         0\n");
}
