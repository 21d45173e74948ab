//! What a replay brings back, and what it leaves alone.

use super::{contested, delete_a_third, live_positions, number, replay};
use crate::harness::{Form, Scene, Script, Sent, count, seed};
use audiohm_ingest::event::{Event, Like, Timestamp, Unlike, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

async fn say(connection: &mut PgConnection, statement: &'static str) {
    sqlx::query(statement).execute(connection).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_third_of_the_history_comes_back_and_what_is_gone_for_good_does_not() {
    let scene = Scene::new(2, 3).await;
    let mut script = Script::new(seed(), &scene);
    let pair = (script.user(), script.track());
    let (user_id, track_id) = pair;
    let at = |hours: i64| Timestamp::from_micros(chrono::Utc::now().timestamp_micros() - hours * 3_600_000_000);
    let like = Event::Like(Like {
        user_id,
        track_id,
        liked_at: at(2),
        notes: None,
    });
    let unlike = Event::Unlike(Unlike {
        user_id,
        track_id,
        unliked_at: at(1),
    });
    // the play of a deleted user would give its id to another that claims it
    let mut records = script.mixed(3_000);
    let contested = contested(&records);
    records.retain(|sent| !matches!(sent.as_event(), Some(Event::Play(play)) if contested.contains(&play.id.0)));
    records.extend([like, unlike].map(|event| Sent::event(&scene.topics[0], &event, Form::Plain)));
    scene.broker.send(&records);
    scene.catch_up().await;

    let mut connection = scene.database.connect().await;
    // the backend deletes a user, and with it what hangs on it
    let gone = scene.users.iter().copied().find(|user| *user != user_id).unwrap();
    sqlx::query("delete from listening_history where user_id = $1")
        .bind(gone.0)
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::query("delete from liked_tracks where user_id = $1")
        .bind(gone.0)
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::query("delete from users where id = $1")
        .bind(gone.0)
        .execute(&mut connection)
        .await
        .unwrap();
    let whole = scene.tables(&mut connection).await;
    let (positions, letters) = (
        live_positions(&mut connection).await,
        scene.letters(&mut connection).await,
    );
    let missing = delete_a_third(&mut connection, &records).await;
    assert!(missing > 100, "{missing} rows are missing");

    let job = replay(&scene, "third", &[]).await;
    assert!(
        scene.tables(&mut connection).await == whole,
        "the rows are those that were there"
    );
    assert_eq!(job["state"], "done");
    assert_eq!(number(&job, "inserted"), i64::try_from(missing).unwrap(), "{job:#}");
    assert_eq!(number(&job, "consumed"), count(records.len()), "{job:#}");
    assert_eq!(number(&job, "removed"), 0, "{job:#}");
    assert_eq!(
        live_positions(&mut connection).await,
        positions,
        "live positions stay as they are"
    );
    let liked: bool =
        sqlx::query_scalar("select exists (select from liked_tracks where user_id = $1 and track_id = $2)")
            .bind(user_id.0)
            .bind(track_id.0)
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert!(!liked, "an unliked pair stays unliked");

    // letters that were there are not entered twice; those of the deleted user are the replay's, and in no live ledger
    let kept: Vec<(String, bool, i64)> = sqlx::query_as(
        "select origin, in_ledger, count(*) from ingest.dead_letters where consumer_group = $1 group by 1, 2 order by 1",
    )
    .bind(&scene.group)
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let new = number(&job, "dead_lettered") - count(letters.len());
    assert!(new > 0, "the deleted user has events in the range");
    assert_eq!(
        kept,
        [
            ("live".to_owned(), true, count(letters.len())),
            ("third".to_owned(), false, new)
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_chosen_is_consumed_and_a_letter_that_became_a_row_is_settled() {
    let scene = Scene::new(1, 2).await;
    let topic = &scene.topics[0];
    let mut script = Script::new(seed(), &scene);
    let (newcomer, other) = (UserId(Uuid::new_v4()), UserId(Uuid::new_v4()));
    let mut records = script.plays(200);
    for user_id in [newcomer, other] {
        let play = Event::Play(audiohm_ingest::event::Play {
            user_id,
            ..script.play()
        });
        let like = Event::Like(Like {
            user_id,
            ..script.like()
        });
        records.extend([play, like].map(|event| Sent::event(topic, &event, Form::Plain)));
    }
    records.push(Sent::tombstone(topic, b"gone"));
    scene.broker.send(&records);
    scene.catch_up().await;
    scene.insert_users(&[newcomer, other]).await;
    let mut connection = scene.database.connect().await;
    // a person has seen to it that nothing waits, so that it is the replay that settles
    say(
        &mut connection,
        "update ingest.dead_letters set state = 'open', next_retry_at = null",
    )
    .await;

    let job = replay(&scene, "one", &["--only", "play", "--user", &newcomer.to_string()]).await;
    assert_eq!((number(&job, "consumed"), number(&job, "inserted")), (1, 1), "{job:#}");
    assert_eq!(number(&job, "done_records"), count(records.len()), "{job:#}");
    let states: Vec<(String, i64)> =
        sqlx::query_as("select state, count(*) from ingest.dead_letters group by 1 order by 1")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    assert_eq!(states, [("open".to_owned(), 3), ("resolved".to_owned(), 1)]);

    let job = replay(&scene, "likes", &["--only", "like,unlike"]).await;
    assert_eq!((number(&job, "consumed"), number(&job, "inserted")), (2, 2), "{job:#}");
    let job = replay(&scene, "all", &[]).await;
    assert_eq!(number(&job, "consumed"), count(records.len()));
    assert_eq!((number(&job, "inserted"), number(&job, "skipped")), (1, 1), "{job:#}");
    let open: i64 = sqlx::query_scalar("select count(*) from ingest.dead_letters where state <> 'resolved'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(open, 0, "every letter has become a row");
}
