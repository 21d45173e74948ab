//! The how-to, command by command as it is written.

use crate::desk::{Desk, parents, play};
use uuid::Uuid;

#[tokio::test]
async fn the_page_on_dead_letters_works_them_off_as_written() {
    let path = format!("{}/docs/howto/work-off-dead-letters.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(path).unwrap();
    let blocks = page
        .split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    let commands: Vec<&str> = blocks
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("audiohm-ingest dead-letters "))
        .collect();
    let mut desk = Desk::new().await;
    let (user, track) = parents(&mut desk).await;
    let refused = play(user, track);
    desk.letter(("open", "rejected_by_database"), "source: refused", refused.as_bytes())
        .await;
    desk.letter(("open", "invalid_json"), "value: no", b"no").await;
    let forgotten: Uuid = "6f1c0c1e-8a34-4d3b-9c55-2f0e7b0a1d01".parse().unwrap();
    let broken = format!("{{\"user_id\": \"{forgotten}\"");
    desk.letter(("open", "missing_field"), "type: missing", broken.as_bytes())
        .await;
    let said = [
        "rejected_by_database          1",
        "plays/0@0",
        "> \"source\" is not there",
        "resolved       1\nstill_failing  0",
        "resolved       1\nstill_failing  0",
        "discarded      1",
        "purged         2",
        "purged         1",
    ];
    assert_eq!(commands.len(), said.len());
    for (command, said) in commands.into_iter().zip(said) {
        let ran = desk.run(command);
        assert_eq!(ran.code, Some(0), "{command}: {}", ran.stderr);
        assert!(ran.stdout.contains(said), "{command}: {}", ran.stdout);
    }
    let left = "select count(*) from ingest.dead_letters where state = 'open' or record_value is not null";
    assert_eq!(desk.number(left).await, 0);
}
