//! A producer that sends nothing but what is faulty in itself, and a listener whom the database does not know.

use crate::harness::{Form, Scene, Script, Sent, seed};
use audiohm_ingest::event::{Event, Play, Reason, UserId};
use uuid::Uuid;

pub(crate) fn faulty(scene: &Scene, count: usize) -> Vec<Sent> {
    vec![Sent::bad(&scene.topics[0], "no event", Reason::InvalidJson); count]
}

#[tokio::test]
async fn a_flood_halts_its_partition_though_a_restart_comes_between_and_the_other_goes_on() {
    let scene = Scene::new(2, 1).await;
    let mut script = Script::new(seed(), &scene);
    scene.broker.send(&faulty(&scene, 300));
    scene.catch_up().await;
    scene.broker.send(&faulty(&scene, 400));
    let play = |script: &mut Script| Sent::event(&scene.topics[1], &Event::Play(script.play()), Form::Plain);
    let plays: Vec<Sent> = (0..100).map(|_| play(&mut script)).collect();
    scene.broker.send(&plays);
    let finished = scene.run(&["run", "--until-caught-up"]).await;
    assert_eq!(finished.code, Some(1), "{}", finished.stderr);
    let why = "flood: 500 records in a row, up to offset 499, are faulty in themselves";
    assert!(finished.stderr.contains(why), "{}", finished.stderr);
    let mut connection = scene.database.connect().await;
    let progress = scene.progress(&mut connection).await;
    let of = |number: usize| progress.iter().find(|row| row.topic == scene.topics[number]).unwrap();
    let flooded = of(0);
    assert_eq!(
        (flooded.next_offset, flooded.dead_lettered, flooded.halted.as_deref()),
        (500, 500, Some(why))
    );
    assert_eq!((of(1).consumed, of(1).halted.as_deref()), (100, None));
    assert_eq!(scene.letters(&mut connection).await.len(), 500);
}

#[tokio::test]
async fn ten_thousand_events_of_an_unknown_user_in_a_row_halt_nothing() {
    let scene = Scene::new(1, 1).await;
    let mut script = Script::new(seed(), &scene);
    let user_id = UserId(Uuid::new_v4());
    let orphan = |script: &mut Script| {
        let play = Play {
            user_id,
            ..script.play()
        };
        Sent::event(&scene.topics[0], &Event::Play(play), Form::Plain)
    };
    let orphans: Vec<Sent> = (0..10_000).map(|_| orphan(&mut script)).collect();
    scene.broker.send(&orphans);
    scene.catch_up().await;
    let mut connection = scene.database.connect().await;
    let progress = scene.progress(&mut connection).await.remove(0);
    assert_eq!((progress.dead_lettered, progress.halted), (10_000, None));
}
