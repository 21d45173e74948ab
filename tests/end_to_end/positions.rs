//! Where a group begins.

use crate::harness::{Form, Scene, Script, Sent, seed, until};
use audiohm_ingest::event::Event;

/// Plays of one user: all of them go to the same partition of a topic with this many.
fn plays(scene: &Scene, script: &mut Script, count: usize) -> Vec<Sent> {
    let of_topic = |script: &mut Script| Sent::event(&scene.topics[0], &Event::Play(script.play()), Form::Plain);
    (0..count).map(|_| of_topic(script)).collect()
}

#[tokio::test]
async fn a_group_that_begins_at_the_end_takes_only_what_comes_later_even_if_it_was_away() {
    let mut scene = Scene::new(1, 2).await;
    scene.set("KAFKA__INITIAL_POSITION", "latest");
    let mut script = Script::new(seed(), &scene);
    let earlier = plays(&scene, &mut script, 30);
    scene.broker.send(&earlier);
    // nothing is stored, but where to begin is settled now
    scene.catch_up().await;
    scene.check(&[]).await;
    let later = plays(&scene, &mut script, 30);
    scene.broker.send(&later);
    scene.catch_up().await;
    scene.check(&later).await;
}

#[tokio::test]
async fn a_group_that_begins_where_it_committed_takes_what_follows() {
    let mut scene = Scene::new(1, 1).await;
    scene.set("KAFKA__INITIAL_POSITION", "committed");
    let mut script = Script::new(seed(), &scene);
    let all = plays(&scene, &mut script, 10);
    scene.broker.send(&all);
    scene.broker.commit(&scene.group, &scene.topics[0], 0, 4);
    scene.catch_up().await;
    scene.check(&all[4..]).await;
    // from here on PostgreSQL decides, whatever Kafka is told
    scene.broker.commit(&scene.group, &scene.topics[0], 0, 0);
    scene.catch_up().await;
    scene.check(&all[4..]).await;
}

#[tokio::test]
async fn a_partition_that_is_added_later_is_read_from_its_beginning() {
    let mut scene = Scene::new(1, 1).await;
    scene.set("KAFKA__INITIAL_POSITION", "latest");
    let mut script = Script::new(seed(), &scene);
    scene.broker.send(&plays(&scene, &mut script, 10));
    scene.catch_up().await;
    // while nobody reads: what comes first in the new partition is there before the group knows it
    scene.broker.add_partitions(&scene.topics[0], 3).await;
    let first = plays(&scene, &mut script, 100);
    scene.broker.send(&first);
    let mut connection = scene.database.connect().await;
    let worker = scene.start(&["run"]);
    until("all partitions are read", async || {
        scene.consumed(&mut connection).await == 100
    })
    .await;
    // and while it runs
    scene.broker.add_partitions(&scene.topics[0], 5).await;
    let second = plays(&scene, &mut script, 100);
    scene.broker.send(&second);
    until("the newest partitions are read too", async || {
        scene.consumed(&mut connection).await == 200
    })
    .await;
    worker.stop().await;
    let progress = scene.progress(&mut connection).await;
    assert_eq!(progress.len(), 5);
    assert!(
        progress.iter().all(|partition| partition.consumed > 0),
        "the keys reach every partition: {progress:#?}"
    );
    scene.check(&[first, second].concat()).await;
}

#[tokio::test]
async fn a_group_that_is_deleted_in_kafka_goes_on_where_it_is_stored() {
    let scene = Scene::new(1, 1).await;
    let mut script = Script::new(seed(), &scene);
    let first = plays(&scene, &mut script, 10);
    scene.broker.send(&first);
    scene.catch_up().await;
    scene.broker.forget_group(&scene.group).await;
    let second = plays(&scene, &mut script, 10);
    scene.broker.send(&second);
    scene.catch_up().await;
    scene.check(&[first, second].concat()).await;
}
