//! Events that come before their user or track.

use crate::harness::{Form, Scene, Script, Sent, count, seed, until};
use audiohm_ingest::event::{Event, Like, Play, TrackId, UserId};
use uuid::Uuid;

/// State, reason and attempts of each letter, in the order of the records.
async fn letters(scene: &Scene) -> Vec<(String, String, i32)> {
    sqlx::query_as(
        "select state, reason, attempts from ingest.dead_letters where consumer_group = $1
         order by record_offset",
    )
    .bind(&scene.group)
    .fetch_all(&mut scene.database.connect().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn events_of_unknown_parents_wait_and_become_rows_once_the_parents_appear() {
    let mut scene = Scene::new(1, 1).await;
    scene.set("PARENTS__RETRY_INTERVAL", "100ms");
    let mut script = Script::new(seed(), &scene);
    let (user, track) = (UserId(Uuid::new_v4()), TrackId(Uuid::new_v4()));
    let of_user = Play {
        user_id: user,
        ..script.play()
    };
    let of_track = Like {
        track_id: track,
        ..script.like()
    };
    let of_both = Play {
        user_id: user,
        track_id: track,
        ..script.play()
    };
    let orphans = [Event::Play(of_user), Event::Like(of_track), Event::Play(of_both)];
    let orphans = orphans.map(|event| Sent::event(&scene.topics[0], &event, Form::Plain));
    for orphan in &orphans {
        script.add(orphan);
    }
    scene.broker.send(&orphans);
    let mut connection = scene.database.connect().await;
    let worker = scene.start(&["run"]);

    until("the orphans were tried again in vain", async || {
        letters(&scene)
            .await
            .iter()
            .filter(|(_, _, attempts)| *attempts > 2)
            .count()
            == 3
    })
    .await;
    let reasons: Vec<(String, String)> = letters(&scene).await.into_iter().map(|one| (one.0, one.1)).collect();
    let expected = ["unknown_user", "unknown_track", "unknown_user"];
    assert_eq!(
        reasons,
        expected.map(|reason| ("waiting".to_owned(), reason.to_owned()))
    );

    // meanwhile the others go on
    scene.broker.send(&script.plays(300));
    let all = count(script.sent().len());
    until("the live flow goes on", async || {
        scene.consumed(&mut connection).await == all
    })
    .await;
    scene.check(script.sent()).await;

    scene.insert_users(&[user]).await;
    until("the play of the new user is a row", async || {
        letters(&scene).await[0].0 == "resolved"
    })
    .await;
    let states: Vec<String> = letters(&scene).await.into_iter().map(|one| one.0).collect();
    assert_eq!(states, ["resolved", "waiting", "waiting"]);

    let before = scene.progress(&mut connection).await;
    scene.insert_tracks(&[track]).await;
    until("all are rows", async || {
        letters(&scene).await.iter().all(|one| one.0 == "resolved")
    })
    .await;
    assert_eq!(
        scene.progress(&mut connection).await,
        before,
        "the ledger counted them already"
    );
    worker.stop().await;
    let events = script.sent().iter().filter_map(Sent::as_event);
    let plays = events.filter(|event| matches!(event, Event::Play(_))).count();
    let tables = scene.tables(&mut connection).await;
    assert_eq!((tables.history.len(), tables.liked.len()), (plays, 1));
}

#[tokio::test]
async fn an_orphan_whose_patience_has_ended_is_left_to_a_person() {
    let mut scene = Scene::new(1, 1).await;
    scene.set("PARENTS__RETRY_INTERVAL", "50ms");
    scene.set("PARENTS__PATIENCE", "1s");
    let mut script = Script::new(seed(), &scene);
    let play = Play {
        user_id: UserId(Uuid::new_v4()),
        ..script.play()
    };
    scene
        .broker
        .send(&[Sent::event(&scene.topics[0], &Event::Play(play), Form::Plain)]);
    let worker = scene.start(&["run"]);
    until("the letter is open", async || {
        letters(&scene).await.iter().any(|one| one.0 == "open")
    })
    .await;
    worker.stop().await;
    assert_eq!(letters(&scene).await[0].1, "unknown_user");
}
