//! The backend at work beside the writers.

use crate::harness::{Scene, Script, Sent, count, parts, seed, until};
use crate::reference::{Parents, Story};
use audiohm_ingest::event::{Event, PlayId, TrackId, UserId};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use sqlx::{Executor, PgConnection};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use tokio::time::sleep;
use uuid::Uuid;

const FOR: Duration = Duration::from_secs(10);
/// Users and tracks with higher numbers are deleted in the course of the test.
const STAYING: usize = 20;

/// A session of the backend. It waits at most two seconds for a lock, and then it has an error.
async fn session(scene: &Scene) -> PgConnection {
    let mut connection = scene.database.connect().await;
    connection
        .execute("set lock_timeout = '2s'; set timezone = 'UTC'")
        .await
        .unwrap();
    connection
}

/// Deletes users and tracks, one after another, evenly over the time. Gives the errors.
async fn delete(mut connection: PgConnection, users: Vec<UserId>, tracks: Vec<TrackId>) -> Vec<String> {
    let mut errors = Vec::new();
    let statements = users
        .iter()
        .map(|id| ("delete from users where id = $1", id.0))
        .zip(tracks.iter().map(|id| ("delete from tracks where id = $1", id.0)));
    let pause = FOR / u32::try_from(users.len() * 2).unwrap();
    for (user, track) in statements {
        for (statement, id) in [user, track] {
            if let Err(error) = sqlx::query(statement).bind(id).execute(&mut connection).await {
                errors.push(format!("{statement}: {error}"));
            }
            sleep(pause).await;
        }
    }
    errors
}

/// Likes tracks, edits notes and takes likes back. Gives the number of statements, and the errors.
async fn like(mut connection: PgConnection, pairs: Vec<(Uuid, Uuid)>, seed: u64) -> (usize, Vec<String>) {
    let mut dice = StdRng::seed_from_u64(seed);
    let (mut done, mut errors, until) = (0, Vec::new(), Instant::now() + FOR);
    while Instant::now() < until {
        let (user, track) = *pairs.choose(&mut dice).unwrap();
        let statement = match dice.random_range(0..4) {
            0 => {
                "insert into liked_tracks (user_id, track_id, notes) values ($1, $2, 'by hand')
                 on conflict (user_id, track_id) do update set notes = excluded.notes, updated_at = current_timestamp"
            }
            1 | 2 => {
                "update liked_tracks set notes = notes || '.', updated_at = current_timestamp
                 where user_id = $1 and track_id = $2 and length(notes) < 500"
            }
            _ => "delete from liked_tracks where user_id = $1 and track_id = $2",
        };
        if let Err(error) = sqlx::query(statement)
            .bind(user)
            .bind(track)
            .execute(&mut connection)
            .await
        {
            errors.push(format!("{statement}: {error}"));
        }
        done += 1;
    }
    (done, errors)
}

async fn deadlocks(connection: &mut PgConnection) -> i64 {
    connection
        .execute("select pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
        .await
        .unwrap();
    sqlx::query_scalar("select deadlocks from pg_stat_database where datname = current_database()")
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_beside_four_writers_has_no_error_and_no_deadlock() {
    let mut scene = Scene::new(1, 8).await;
    scene.set("BATCH__MAX_ROWS", "200");
    scene.set("WRITER__LANES", "2");
    let seed = seed();
    let mut script = Script::new(seed, &scene);
    let mut connection = scene.database.connect().await;
    // two workers of two lanes
    let workers = [scene.start(&["run"]), scene.start(&["run"])];
    scene.broker.send(&script.mixed(1_000));
    until("the writers are at work", async || {
        scene.consumed(&mut connection).await > 0
    })
    .await;

    let (users, tracks) = (scene.users[STAYING..].to_vec(), scene.tracks[STAYING..].to_vec());
    let pairs: Vec<(Uuid, Uuid)> = scene.users[..STAYING]
        .iter()
        .flat_map(|user| scene.tracks[..4].iter().map(|track| (user.0, track.0)))
        .collect();
    let deleting = tokio::spawn(delete(session(&scene).await, users, tracks));
    let liking = tokio::spawn(like(session(&scene).await, pairs.clone(), seed));
    while !deleting.is_finished() || !liking.is_finished() {
        let records = script.mixed(400);
        tokio::task::block_in_place(|| scene.broker.send(&records));
    }
    let delete_errors = deleting.await.unwrap();
    let (statements, like_errors) = liking.await.unwrap();
    let all = count(script.sent().len());
    until("all is stored", async || scene.consumed(&mut connection).await >= all).await;
    println!("{statements} statements of the backend beside {all} records");
    for worker in workers {
        worker.stop().await;
    }

    assert_eq!(delete_errors, Vec::<String>::new());
    assert_eq!(like_errors, Vec::<String>::new());
    assert!(
        statements > 100,
        "the backend got its turn: {statements} statements in {FOR:?}"
    );
    assert_eq!(deadlocks(&mut connection).await, 0);
    check_what_stays(&scene, script.sent(), &pairs).await;
}

/// Whatever is not about a deleted user or track, and not touched by the backend, is as the reference says.
async fn check_what_stays(scene: &Scene, sent: &[Sent], touched: &[(Uuid, Uuid)]) {
    let mut connection = scene.database.connect().await;
    let found = scene.tables(&mut connection).await;
    let users: BTreeSet<UserId> = scene.users[..STAYING].iter().copied().collect();
    let tracks: BTreeSet<TrackId> = scene.tracks[..STAYING].iter().copied().collect();
    assert!(
        found
            .history
            .values()
            .all(|row| users.contains(&row.user_id) && tracks.contains(&row.track_id)),
        "plays of deleted users and tracks went with them"
    );
    let parents = Parents { users, tracks };
    let events = sent.iter().filter_map(Sent::as_event).cloned();
    let untouched = |pair: &(UserId, TrackId)| !touched.contains(&(pair.0.0, pair.1.0));
    for part in parts(events, found) {
        let story = Story {
            parents: &parents,
            events: &part.events,
            history_before: &BTreeMap::new(),
            liked_by_backend: &[],
        };
        for (id, claimants) in story.history() {
            // an id may have been taken by a play that was deleted since
            if claims(&part.events, id) == 1 {
                assert_eq!(part.tables.history.get(&id), claimants.first(), "play {id}");
            }
        }
        let (mut liked, mut expected) = (part.tables.liked, story.liked());
        liked.retain(|pair, _| untouched(pair));
        expected.retain(|pair, _| untouched(pair));
        assert_eq!(liked, expected, "liked_tracks, found and expected");
    }
    let reasons: Vec<String> = sqlx::query_scalar(
        "select distinct reason from ingest.dead_letters where state = 'waiting' or sqlstate is not null",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(
        reasons
            .iter()
            .all(|reason| ["unknown_user", "unknown_track"].contains(&reason.as_str())),
        "{reasons:?}"
    );
    let progress = scene.progress(&mut connection).await;
    assert_eq!(progress.iter().map(|one| one.consumed).sum::<i64>(), count(sent.len()));
    assert!(progress.iter().all(|one| one.consumed == one.sum()), "{progress:#?}");
}

/// How many plays, told apart by user, track and time, claim an id.
fn claims(events: &[Event], id: PlayId) -> usize {
    let claim = |event: &Event| match event {
        Event::Play(play) if play.id == id => Some((play.user_id, play.track_id, play.played_at)),
        _ => None,
    };
    events.iter().filter_map(claim).collect::<BTreeSet<_>>().len()
}
