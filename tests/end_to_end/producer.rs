//! The example for the backend, run as it is.

use crate::harness::Scene;
use std::path::Path;
use std::process::Command;

#[tokio::test]
async fn the_example_of_a_producer_sends_what_becomes_rows() {
    let scene = Scene::new(2, 1).await;
    let (user, track) = (scene.users[0].0.to_string(), scene.tracks[0].0.to_string());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sent = Command::new(root.join("scripts/python"))
        .arg(root.join("examples/producer.py"))
        .args([&scene.broker.address, &scene.topics[0], &scene.topics[1], &user, &track])
        .output()
        .unwrap();
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    scene.catch_up().await;
    let mut connection = scene.database.connect().await;
    assert_eq!(scene.letters(&mut connection).await, []);
    assert_eq!(scene.consumed(&mut connection).await, 3);
    let tables = scene.tables(&mut connection).await;
    let (play, like) = (
        tables.history.values().next().unwrap(),
        tables.liked.values().next().unwrap(),
    );
    assert_eq!((play.played_for, play.completed), (215, true));
    assert_eq!(play.source.as_deref(), Some("web"));
    assert_eq!(like.notes.as_deref(), Some("for the drive home"));
    assert_eq!((tables.history.len(), tables.liked.len()), (1, 1));
}
