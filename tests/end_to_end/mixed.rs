//! Everything that producers may send, at once.

use crate::harness::{Scene, Script, seed};

#[tokio::test]
async fn a_mixed_load_over_two_topics_becomes_the_rows_and_letters_of_the_reference() {
    let mut scene = Scene::new(2, 3).await;
    // several batches, and partitions of both topics in each of them
    scene.set("BATCH__MAX_ROWS", "400");
    let mut script = Script::new(seed(), &scene);
    scene.broker.send(&script.mixed(5_000));
    scene.catch_up().await;
    scene.check(script.sent()).await;
}

#[tokio::test]
async fn empty_topics_are_caught_up_at_once() {
    let scene = Scene::new(2, 2).await;
    scene.catch_up().await;
    scene.check(&[]).await;
    let progress = scene.progress(&mut scene.database.connect().await).await;
    assert_eq!(progress.len(), 4, "every partition has a position: {progress:#?}");
}
