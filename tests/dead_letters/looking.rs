//! `list` and `show`.

use crate::desk::{Desk, command, run};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

#[tokio::test]
async fn hostile_bytes_are_shown_whole_and_obeyed_by_no_terminal() {
    let mut desk = Desk::new().await;
    let text = "{\"type\":\"play\",\"\\u001b]0;x\\u0007\":\"\u{9b}2J\u{202e}\",\"played_for\":\"\\u001b\"}";
    let values: [&[u8]; 3] = [text.as_bytes(), b"\xff\x00\x1b[2J", b"\x1b[31mnone"];
    let mut ids = Vec::new();
    for value in values {
        ids.push(
            desk.letter(("open", "invalid_field"), "played_for: bad\u{9b}", value)
                .await,
        );
    }
    let headers = r#"[{"name":"a\u001b[1m","value":"\u001b[2J"},{"name":"b","value_base64":"/xs="}]"#;
    desk.execute(&format!(
        "update ingest.dead_letters set record_key = '\\x1b5b324aff', record_headers = '{headers}'"
    ))
    .await;
    for line in ["list", "list --state open", "list --format json"] {
        is_harmless(&desk.run(line).stdout);
    }
    for (id, value) in ids.iter().zip(values) {
        let shown = desk.run(&format!("show {id}"));
        assert_eq!(shown.code, Some(0), "{}", shown.stderr);
        is_harmless(&shown.stdout);
        let json = desk.run(&format!("show {id} --format json"));
        is_harmless(&json.stdout);
        let json = json.json();
        let whole = match json["record_value"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => STANDARD.decode(json["record_value_base64"].as_str().unwrap()).unwrap(),
        };
        assert_eq!(whole, value);
        assert_eq!(json["record_key_base64"], STANDARD.encode(b"\x1b[2J\xff"));
    }
    let shown = desk.run(&format!("show {}", ids[0])).stdout;
    assert!(shown.contains(">   \"played_for\": \"\\u001b\""), "{shown}");
    let shown = desk.run(&format!("show {}", ids[1])).stdout;
    assert!(shown.contains("ff00 1b5b 324a"), "{shown}");
}

fn is_harmless(text: &str) {
    let harm = text
        .chars()
        .find(|it| (it.is_control() && *it != '\n') || *it == '\u{202e}');
    assert_eq!(harm, None, "{text:?}");
}

#[tokio::test]
async fn letters_are_listed_by_what_is_chosen_and_counted_where_nothing_is() {
    let mut desk = Desk::new().await;
    assert_eq!(desk.run("list").stdout, "no dead letters\n");
    assert_eq!(desk.run("list --format json").stdout, "[]\n");
    for _ in 0..3 {
        desk.letter(("open", "invalid_json"), "value: no", b"no").await;
    }
    let old = desk
        .letter(("waiting", "unknown_user"), "user_id: no user", b"{}")
        .await;
    desk.letter(("resolved", "unknown_user"), "user_id: no user", b"{}")
        .await;
    let statement = format!("update ingest.dead_letters set first_failed_at = now() - interval '3 d' where id = {old}");
    desk.execute(&statement).await;
    let summary = desk.run("list").stdout;
    let rows: Vec<Vec<&str>> = summary.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[1][..5], ["invalid_json", "3", "0", "0", "0"]);
    assert_eq!(rows[2], ["unknown_user", "0", "1", "1", "0", "3d", "3d"]);
    for (line, count) in [
        ("list", 5),
        ("list --reason invalid_json", 3),
        ("list --state open --state waiting", 4),
        ("list --since -1h", 4),
        ("list --since 2001-01-01T00:00:00Z --reason unknown_user", 2),
        ("list --limit 2", 2),
    ] {
        let listed = desk.run(&format!("{line} --format json")).json();
        assert_eq!(listed.as_array().unwrap().len(), count, "{line}");
    }
    let one = desk.run(&format!("list --id {old} --format json")).json();
    let names = "id consumer_group topic partition record_offset record_timestamp record_key record_value
        record_headers reason detail sqlstate state origin in_ledger attempts first_failed_at last_failed_at";
    for name in names.split_whitespace() {
        assert!(one[0].get(name).is_some(), "{name}: {one}");
    }
    let wide = desk.run("list --state waiting").stdout;
    assert!(
        wide.contains("plays/0@3") && wide.contains("user_id: no user"),
        "{wide}"
    );
}

#[tokio::test]
async fn what_cannot_be_done_is_said_with_its_exit_code() {
    let mut desk = Desk::new().await;
    desk.letter(("open", "invalid_json"), "value: no", b"no").await;
    for (line, code, message) in [
        ("show 99", 1, "has no dead letter 99"),
        ("redrive --id 99", 1, "has no dead letter 99"),
        ("redrive", 2, "pass --yes"),
        ("discard --reason invalid_json", 2, "pass --yes"),
        ("discard --state resolved --yes", 2, "nothing to discard"),
        ("purge --state open --yes", 2, "discard them first"),
        ("list --reason wrong", 2, "invalid_json"),
        ("list --since yesterday", 2, "-7d"),
    ] {
        let ran = desk.run(line);
        assert_eq!(ran.code, Some(code), "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{line}: {}", ran.stderr);
    }
    let away = run(command("postgres://localhost:1/none", "list"));
    assert_eq!(away.code, Some(69), "{}", away.stderr);
}
