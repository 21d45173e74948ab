//! The how-tos, command by command as they are written.

use super::{delete_a_third, status};
use crate::harness::{Scene, Script, seed};

/// The commands in the blocks of a page, in their order.
fn commands(page: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(format!("{}/docs/howto/{page}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with("```") {
            inside = line == "```sh";
        } else if let Some(command) = line.strip_prefix("audiohm-ingest ").filter(|_| inside) {
            found.push(command.split_whitespace().map(str::to_owned).collect());
        }
    }
    found
}

async fn run(scene: &Scene, command: &[String]) -> String {
    let args: Vec<&str> = command.iter().map(String::as_str).collect();
    let finished = scene.run(&args).await;
    assert_eq!(
        finished.code,
        Some(0),
        "{args:?}: {}\n{}",
        finished.stdout,
        finished.stderr
    );
    finished.stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_on_backfilling_brings_back_what_is_missing() {
    let scene = Scene::new(1, 2).await;
    let mut script = Script::new(seed(), &scene);
    scene.broker.send(&script.mixed(600));
    scene.catch_up().await;
    let mut connection = scene.database.connect().await;
    let whole = scene.tables(&mut connection).await;
    assert!(delete_a_third(&mut connection, script.sent()).await > 0);
    let commands = commands("backfill-a-range.md");
    assert_eq!(commands.len(), 4);
    for command in &commands {
        run(&scene, command).await;
    }
    assert!(scene.tables(&mut connection).await == whole, "everything is back");
    assert_eq!(status(&scene, "yesterday").await["state"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_on_moving_ends_with_the_rows_it_began_with() {
    let mut scene = Scene::new(2, 2).await;
    let mut script = Script::new(seed(), &scene);
    scene.broker.send(&script.mixed(600));
    let commands = commands("move-to-a-new-cluster.md");
    let [catch_up, rest @ ..] = &commands[..] else {
        panic!("there are commands")
    };
    run(&scene, catch_up).await;
    let mut connection = scene.database.connect().await;
    let before = scene.tables(&mut connection).await;
    // the same topics under another group stand for the copy
    scene.regroup("the-new-one");
    for command in rest {
        let stdout = run(&scene, command).await;
        if command[0] == "replay" {
            let nothing_new = |line: &str| line.split_whitespace().eq(["inserted", "0"]);
            assert!(stdout.lines().any(nothing_new), "{stdout}");
        }
    }
    assert!(scene.tables(&mut connection).await == before, "no row has changed");
}
