//! `writer.parent_check = batched`: rows without foreign keys, and the same guarantee.

use crate::bed::{Bed, WAITING, execute};
use crate::letter::letters;
use crate::log::Log;
use crate::random::{parents, play_id, track, user};
use crate::sample::{like, play_record, unlike};
use audiohm_ingest::pipeline::Lane;
use audiohm_ingest::record::Record;
use audiohm_ingest::store::check::{Obstacle, obstacles_to_batched};
use sqlx::ConnectOptions;

/// Rows whose user or track does not exist.
const STRAYS: &str = "select
    (select count(*) from listening_history as row
        where not exists (select from users where id = row.user_id)
            or not exists (select from tracks where id = row.track_id))
    + (select count(*) from liked_tracks as row
        where not exists (select from users where id = row.user_id)
            or not exists (select from tracks where id = row.track_id))";

async fn bed_and_log() -> (Bed, Log) {
    let bed = Bed::with(&parents()).await;
    let log = bed.log(0).await;
    (bed, log)
}

/// Plays and likes of two users and two tracks.
fn records() -> Vec<Record> {
    let mut records = Vec::new();
    for number in 0..2 {
        records.push(play_record(play_id(number), user(number), track(number)));
        records.push(like((user(number), track(number)), 1, Some("notes")));
    }
    records.push(unlike((user(1), track(0)), 2));
    records
}

#[tokio::test]
async fn it_stores_what_the_foreign_keys_would_have_let_in() {
    let (mut keyed, mut log) = bed_and_log().await;
    let mut all = records();
    all.extend([8, 9].map(|stranger| play_record(play_id(stranger), user(stranger), track(0))));
    keyed.lane().write(&log.batch(all.clone())).await.unwrap();
    let expected = (keyed.tables().await, keyed.progress(&log.partition).await);
    let (mut batched, mut log) = bed_and_log().await;
    batched.batched_lane().write(&log.batch(all)).await.unwrap();
    assert_eq!(
        (batched.tables().await, batched.progress(&log.partition).await),
        expected
    );
    assert_eq!(letters(&mut batched.backend).await.len(), 2);
    assert_eq!(batched.number(STRAYS).await, 0);
}

#[tokio::test]
async fn it_leaves_triggers_out_and_only_for_its_own_transactions() {
    let (mut bed, mut log) = bed_and_log().await;
    bed.execute(
        "create function public.refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$;
         create trigger refuse after insert on listening_history for each row execute function public.refuse()",
    )
    .await;
    let mut lane = bed.batched_lane();
    lane.write(&log.batch([play_record(play_id(0), user(0), track(0))]))
        .await
        .unwrap();
    assert_eq!(bed.tables().await.history.len(), 1);
    bed.lane()
        .write(&log.batch([play_record(play_id(1), user(0), track(0))]))
        .await
        .unwrap();
    assert_eq!(
        letters(&mut bed.backend).await.len(),
        1,
        "the other way asks every trigger"
    );
}

/// What holds the worker up at each step between look and commit, when another session has begun to do it.
fn holds() -> [(&'static str, String); 5] {
    let (user, track) = (user(1), track(1));
    [
        (
            "locking users",
            format!("select from users where id = '{user}' for update"),
        ),
        (
            "merging states",
            format!(
                "insert into ingest.like_state (user_id, track_id, unliked_at) values ('{user}', '{track}', '2000-01-01')"
            ),
        ),
        (
            "locking likes",
            format!("select from liked_tracks where user_id = '{user}' for update"),
        ),
        (
            "copying plays",
            format!(
                "insert into listening_history (id, user_id, track_id) values ('{}', '{user}', '{track}')",
                play_id(1)
            ),
        ),
        (
            "moving the position",
            "select from ingest.progress for update".to_owned(),
        ),
    ]
}

/// Deletes the parent while the worker is held up, and gives what is left.
async fn delete_while_held(hold: &str, parent: &str, id: impl std::fmt::Display) -> Bed {
    let (mut bed, mut log) = bed_and_log().await;
    // a row that is there already, so that a like has a row to lock
    bed.execute(&format!(
        "insert into liked_tracks (user_id, track_id, created_at, updated_at)
         values ('{}', '{}', '2000-01-01', '2000-01-01')",
        user(1),
        track(1)
    ))
    .await;
    let mut other = bed.database.connect().await;
    execute(&mut other, &format!("begin; {hold}")).await;
    let (mut lane, batch) = (bed.batched_lane(), log.batch(records()));
    let writing = tokio::spawn(async move { lane.write(&batch).await });
    bed.until_a_session_waits().await;
    let mut backend = bed.database.connect().await;
    let delete = format!("delete from {parent} where id = '{id}'");
    let deleting = tokio::spawn(async move { execute(&mut backend, &delete).await });
    // it is over if the worker has not locked the parent yet, and waits like the worker otherwise
    let settled =
        format!("select case when exists (select from {parent} where id = '{id}') then ({WAITING}) else 2 end");
    bed.until(&settled, |count| count >= 2).await;
    execute(&mut other, "rollback").await;
    writing.await.unwrap().unwrap();
    deleting.await.unwrap();
    bed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parent_that_is_deleted_at_any_point_leaves_no_row_behind() {
    for (step, hold) in holds() {
        for (parent, id) in [("users", user(0).0), ("tracks", track(0).0)] {
            let mut bed = delete_while_held(&hold, parent, id).await;
            assert_eq!(bed.number(STRAYS).await, 0, "{parent} while {step}");
            let tables = bed.tables().await;
            let plays: Vec<_> = tables.history.keys().copied().collect();
            assert_eq!(plays, [play_id(1)], "{parent} while {step}");
            let pairs: Vec<_> = tables.liked.keys().copied().collect();
            assert_eq!(pairs, [(user(1), track(1))], "{parent} while {step}");
        }
    }
}

#[tokio::test]
async fn what_else_would_be_left_out_stands_in_its_way() {
    let mut bed = Bed::new().await;
    assert_eq!(obstacles_to_batched(&mut bed.backend).await.unwrap(), []);
    bed.execute(
        "create function public.note() returns trigger language plpgsql as 'begin return new; end';
         create trigger note after insert on listening_history for each row execute function public.note();
         create trigger fires_always after insert on listening_history for each row execute function public.note();
         alter table listening_history enable always trigger fires_always;
         create trigger off after insert on liked_tracks for each row execute function public.note();
         alter table liked_tracks disable trigger off;
         create table public.reactions (play uuid constraint of_play references listening_history (id));
         create table public.sources (name varchar(50) primary key);
         alter table listening_history add constraint known_source foreign key (source) references sources (name)",
    )
    .await;
    let trigger = |name: &str| Obstacle::Trigger {
        table: "public.listening_history".to_owned(),
        name: name.to_owned(),
    };
    let found = obstacles_to_batched(&mut bed.backend).await.unwrap();
    assert_eq!(found, ["known_source", "note", "of_play"].map(trigger));
}

#[tokio::test]
async fn the_right_has_to_be_granted() {
    let mut bed = Bed::new().await;
    let role = format!("batched_{}", uuid::Uuid::new_v4().simple());
    bed.execute(&format!("create role {role} login")).await;
    let mut connection = bed.database.options().username(&role).connect().await.unwrap();
    let found = obstacles_to_batched(&mut connection).await.unwrap();
    assert_eq!(found, [Obstacle::Right(role.clone())]);
    let advice = found[0].to_string();
    let grant = advice.split_once(": ").unwrap().1;
    bed.execute(grant).await;
    assert_eq!(obstacles_to_batched(&mut connection).await.unwrap(), []);
    bed.execute(&format!(
        "revoke all on parameter session_replication_role from {role}; drop role {role}"
    ))
    .await;
}
