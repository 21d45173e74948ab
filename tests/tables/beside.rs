//! The backend at work beside four writers: its deletes, likes and edits never fail and never wait long.

use crate::bed::{Bed, like_as_backend, number};
use crate::random::{Dice, instant, play_id, record_of, track, user};
use crate::reference::{LikedRow, Parents};
use crate::sample::{like, play, unlike};
use audiohm_ingest::event::{Event, Play};
use audiohm_ingest::pipeline::{FailureKind, Lane};
use audiohm_ingest::record::Record;
use sqlx::PgConnection;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const WRITERS: i32 = 4;
const USERS: usize = 30;
const TRACKS: usize = 40;
const RUN: Duration = Duration::from_secs(6);

/// The longest that one statement of the backend may take on a busy machine.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

fn some_user(dice: &mut Dice) -> audiohm_ingest::event::UserId {
    user(u128::try_from(dice.below(USERS)).unwrap())
}

fn some_track(dice: &mut Dice) -> audiohm_ingest::event::TrackId {
    track(u128::try_from(dice.below(TRACKS)).unwrap())
}

fn some_record(dice: &mut Dice) -> Record {
    let pair = (some_user(dice), some_track(dice));
    let at = i64::try_from(dice.below(1_000)).unwrap();
    match dice.below(4) {
        0 => like(pair, at, Some("notes")),
        1 => unlike(pair, at),
        _ => record_of(&Event::Play(Play {
            played_at: instant(at),
            ..play(play_id(u128::try_from(dice.below(100_000)).unwrap()), pair.0, pair.1)
        })),
    }
}

/// What the backend did: statements, and the longest time that one took.
#[derive(Debug, Default)]
struct Done {
    statements: u32,
    longest: Duration,
}

impl Done {
    async fn run(&mut self, connection: &mut PgConnection, statement: &str) {
        let began = Instant::now();
        // any error fails the test
        sqlx::query(statement)
            .persistent(false)
            .execute(connection)
            .await
            .unwrap_or_else(|error| panic!("the backend's {statement}: {error}"));
        self.longest = self.longest.max(began.elapsed());
        self.statements += 1;
    }
}

async fn work(mut connection: PgConnection, mut dice: Dice, stop: Arc<AtomicBool>) -> Done {
    let mut done = Done::default();
    while !stop.load(Ordering::SeqCst) {
        let (user_id, track_id) = (some_user(&mut dice), some_track(&mut dice));
        for statement in [
            format!("delete from users where id = '{user_id}'"),
            format!("insert into users (id) values ('{user_id}') on conflict do nothing"),
            format!("update users set name = 'someone' where id = '{user_id}'"),
            format!("update liked_tracks set notes = 'edited', updated_at = now() where user_id = '{user_id}'"),
            format!("delete from liked_tracks where user_id = '{user_id}' and track_id = '{track_id}'"),
            format!("delete from tracks where id = '{track_id}'"),
            format!("insert into tracks (id) values ('{track_id}') on conflict do nothing"),
        ] {
            done.run(&mut connection, &statement).await;
        }
        let exists =
            format!("select count(*) from users, tracks where users.id = '{user_id}' and tracks.id = '{track_id}'");
        if number(&mut connection, &exists).await == 1 {
            let row = LikedRow {
                created_at: instant(500),
                updated_at: instant(500),
                notes: None,
            };
            like_as_backend(&mut connection, (user_id, track_id), &row).await;
        }
    }
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_backend_goes_on_beside_four_writers_without_an_error() {
    let users = (0..USERS as u128).map(user).collect();
    let tracks = (0..TRACKS as u128).map(track).collect();
    let mut bed = Bed::with(&Parents { users, tracks }).await;
    let stop = Arc::new(AtomicBool::new(false));
    let backend = tokio::spawn(work(bed.database.connect().await, Dice::new(99), Arc::clone(&stop)));
    let mut writing = Vec::new();
    let mut partitions = Vec::new();
    let lanes = bed.lanes(usize::try_from(WRITERS).unwrap());
    for (writer, mut lane) in (0..WRITERS).zip(lanes) {
        let (mut log, stop) = (bed.log(writer).await, Arc::clone(&stop));
        partitions.push(log.partition.clone());
        let mut dice = Dice::new(writer.unsigned_abs().into());
        writing.push(tokio::spawn(async move {
            let mut records = 0;
            while !stop.load(Ordering::SeqCst) {
                let batch = log.batch((0..200).map(|_| some_record(&mut dice)).collect::<Vec<_>>());
                while let Err(failure) = lane.write(&batch).await {
                    assert_eq!(failure.kind, FailureKind::Contention, "{failure}");
                    assert!(!failure.message.contains("deadlock"), "{failure}");
                }
                records += 200;
            }
            records
        }));
    }
    tokio::time::sleep(RUN).await;
    stop.store(true, Ordering::SeqCst);
    let done = backend.await.unwrap();
    let mut records = 0;
    for (task, partition) in writing.into_iter().zip(&partitions) {
        let sent: i64 = task.await.unwrap();
        assert_eq!(bed.progress(partition).await.consumed, sent);
        records += sent;
    }
    println!("{done:?} beside {records} records");
    assert!(
        done.statements > 50 && records > 2_000,
        "{done:?}, {records} records: too little to tell"
    );
    assert!(done.longest < LONGEST_WAIT, "{done:?}");
    let deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";
    assert_eq!(bed.number(deadlocks).await, 0);
    let unparented =
        "select count(*) from ingest.dead_letters where reason not in ('unknown_user', 'unknown_track', 'id_conflict')";
    assert_eq!(bed.number(unparented).await, 0);
}
