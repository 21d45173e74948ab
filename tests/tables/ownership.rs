//! Epochs and positions: who may store what.

use crate::bed::{Bed, execute, naive, session_with, write, writer};
use crate::proxy::Proxy;
use crate::random::{instant, parents, play_id, record_with, track, user};
use crate::sample::{like, play_record};
use audiohm_ingest::batch::SealedBatch;
use audiohm_ingest::pipeline::{Failure, FailureKind, Lane, Store};
use audiohm_ingest::position::Epoch;
use audiohm_ingest::store::PgStore;
use audiohm_ingest::store::connection::session;
use std::collections::BTreeMap;

/// The rows, letters and positions of everything, as one text.
const EVERYTHING: &str = "
    select jsonb_build_array(
        (select jsonb_agg(to_jsonb(it) order by id) from listening_history it),
        (select jsonb_agg(to_jsonb(it) order by id) from liked_tracks it),
        (select jsonb_agg(to_jsonb(it) order by user_id, track_id) from ingest.like_state it),
        (select jsonb_agg(to_jsonb(it) order by id) from ingest.dead_letters it),
        (select jsonb_agg(to_jsonb(it) order by topic, partition) from ingest.progress it)
    )::text";

async fn refused_without_a_trace(bed: &mut Bed, batch: &SealedBatch) -> Failure {
    let before = bed.texts(EVERYTHING).await;
    let failure = bed.lane().write(batch).await.unwrap_err();
    assert_eq!(bed.texts(EVERYTHING).await, before);
    failure
}

fn some_of_each() -> Vec<audiohm_ingest::record::Record> {
    vec![
        play_record(play_id(1), user(0), track(0)),
        like((user(0), track(1)), 1, None),
        play_record(play_id(2), user(9), track(0)),
        record_with("no event"),
    ]
}

#[tokio::test]
async fn a_write_of_an_older_epoch_leaves_nothing_behind() {
    let mut bed = Bed::with(&parents()).await;
    let mut zombie = bed.log(0).await;
    let mut owner = zombie.clone();
    bed.claim(&mut owner).await;
    assert_eq!(owner.epoch.0, zombie.epoch.0 + 1);
    let failure = refused_without_a_trace(&mut bed, &zombie.batch(some_of_each())).await;
    assert_eq!(failure.kind, FailureKind::Fenced);
    write(&mut bed.lane(), &mut owner, some_of_each()).await;
    assert_eq!(bed.progress(&owner.partition).await.consumed, 4);
}

#[tokio::test]
async fn a_batch_is_refused_whole_when_one_of_its_partitions_is_lost() {
    let mut bed = Bed::with(&parents()).await;
    let mut logs = [bed.log(0).await, bed.log(1).await];
    let mut taken_over = logs[1].clone();
    bed.claim(&mut taken_over).await;
    let records = some_of_each().into_iter().zip([0, 1, 0, 1]);
    let batch = crate::log::batch(&mut logs, records.map(|(record, log)| (log, record)));
    let failure = refused_without_a_trace(&mut bed, &batch).await;
    assert_eq!(failure.kind, FailureKind::Fenced);
}

#[tokio::test]
async fn a_batch_that_does_not_begin_at_the_position_is_refused() {
    let mut bed = Bed::with(&parents()).await;
    let mut log = bed.log(0).await;
    let mut behind = log.clone();
    write(&mut bed.lane(), &mut log, some_of_each()).await;
    let failure = refused_without_a_trace(&mut bed, &behind.batch(some_of_each())).await;
    assert_eq!(failure.kind, FailureKind::Fenced, "the records are stored already");
    log.next_offset += 10;
    let failure = refused_without_a_trace(&mut bed, &log.batch(some_of_each())).await;
    assert_eq!(failure.kind, FailureKind::Fenced, "records between would be lost");
}

#[tokio::test]
async fn a_partition_that_was_never_read_cannot_be_claimed_and_is_entered_once() {
    let bed = Bed::new().await;
    let log = crate::log::Log::new(7);
    let partition = || vec![log.partition.clone()];
    assert!(bed.store.claim(partition()).await.unwrap().is_empty());
    for offset in [40, 50] {
        let offsets = BTreeMap::from([(log.partition.clone(), offset)]);
        bed.store.enter(offsets).await.unwrap();
    }
    let claimed = bed.store.claim(partition()).await.unwrap();
    assert_eq!(
        claimed[&log.partition].next_offset, 40,
        "whoever entered it first has said where it begins"
    );
}

#[tokio::test]
async fn a_halted_partition_takes_nothing_until_it_is_resumed() {
    let mut bed = Bed::with(&parents()).await;
    let mut log = bed.log(0).await;
    let halt = |epoch| bed.store.halt(log.partition.clone(), epoch, "a gap".to_owned());
    assert!(!halt(Epoch(0)).await.unwrap(), "only the owner may");
    assert!(halt(log.epoch).await.unwrap());
    let failure = refused_without_a_trace(&mut bed, &log.batch(some_of_each())).await;
    assert_eq!(failure.kind, FailureKind::Fenced);
    bed.claim(&mut log).await;
    let topics = vec![log.partition.topic.clone()];
    let halted = bed
        .store
        .positions(topics)
        .await
        .unwrap()
        .remove(&log.partition)
        .unwrap()
        .halted;
    assert_eq!(halted.as_deref(), Some("a gap"));
}

#[tokio::test]
async fn a_position_moves_over_a_gap_only_forward_and_only_for_the_owner() {
    let mut bed = Bed::new().await;
    let log = bed.log(0).await;
    let skip = |epoch, offset| bed.store.skip(log.partition.clone(), epoch, offset);
    assert!(!skip(Epoch(0), 100).await.unwrap());
    assert!(skip(log.epoch, 100).await.unwrap());
    assert!(!skip(log.epoch, 50).await.unwrap());
    assert_eq!(bed.progress(&log.partition).await.next_offset, 100);
}

#[tokio::test]
async fn the_position_keeps_offset_and_time_of_the_last_record() {
    let mut bed = Bed::with(&parents()).await;
    let mut log = bed.log(0).await;
    write(&mut bed.lane(), &mut log, some_of_each()).await;
    let timestamp = record_with("").timestamp.unwrap();
    let stored = "select (last_offset * 10000000000000 + extract(epoch from last_timestamp) * 1000)::bigint
        from ingest.progress";
    assert_eq!(
        bed.number(stored).await,
        (log.next_offset - 1) * 10_000_000_000_000 + timestamp
    );
}

#[tokio::test]
async fn play_rows_are_stored_in_utc_whatever_the_zone_of_server_and_role() {
    let mut bed = Bed::with(&parents()).await;
    let zone = "do $$ begin
        execute format('alter database %I set timezone = ''Asia/Tokyo''', current_database());
        end $$";
    bed.execute(zone).await;
    let store = PgStore::new(session(bed.database.options()), writer());
    let mut log = bed.log(0).await;
    write(
        &mut store.lane(),
        &mut log,
        [play_record(play_id(1), user(0), track(0))],
    )
    .await;
    let stored: chrono::NaiveDateTime = sqlx::query_scalar("select played_at from listening_history")
        .fetch_one(&mut bed.backend)
        .await
        .unwrap();
    assert_eq!(stored, naive(instant(0)));
    let age = "select abs(extract(epoch from created_at - (now() at time zone 'UTC')))::bigint from listening_history";
    assert!(bed.number(age).await < 60, "created_at is UTC too");
}

#[tokio::test]
async fn a_batch_whose_commit_was_not_answered_is_written_again_if_it_failed() {
    let mut bed = Bed::with(&parents()).await;
    let mut log = bed.log(0).await;
    bed.execute(
        "create function end_session() returns trigger language plpgsql as $$
         begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
         create constraint trigger at_commit after update on ingest.progress
         deferrable initially deferred for each row execute function end_session()",
    )
    .await;
    let batch = log.batch(some_of_each());
    let mut lane = bed.lane();
    let failure = lane.write(&batch).await.unwrap_err();
    assert_eq!(
        failure.kind,
        FailureKind::Connection,
        "nobody knows whether it is stored"
    );
    bed.execute("drop trigger at_commit on ingest.progress").await;
    assert_eq!(bed.progress(&log.partition).await.consumed, 0);
    let receipt = lane.write(&batch).await.unwrap();
    assert_eq!(receipt.tallies[0].total().consumed(), 4);
    assert_eq!(bed.progress(&log.partition).await.consumed, 4);
}

#[tokio::test]
async fn a_batch_whose_commit_was_not_answered_is_recognised_if_it_is_stored() {
    let mut bed = Bed::with(&parents()).await;
    let mut log = bed.log(0).await;
    let proxy = Proxy::before_database(&bed.database.options());
    proxy.lose_answers(1);
    let store = PgStore::new(session(bed.database.options().port(proxy.port)), writer());
    let batch = log.batch(some_of_each());
    let mut lane = store.lane();
    let failure = lane.write(&batch).await.unwrap_err();
    assert_eq!(
        failure.kind,
        FailureKind::Connection,
        "nobody knows whether it is stored"
    );
    bed.until("select consumed from ingest.progress", |consumed| consumed == 4)
        .await;
    let before = bed.texts(EVERYTHING).await;
    let receipt = lane.write(&batch).await.unwrap();
    assert_eq!(receipt.tallies[0].total().inserted, 2);
    assert_eq!(receipt.letters.values().sum::<u64>(), 2);
    assert_eq!(bed.texts(EVERYTHING).await, before, "nothing is written twice");
    let next = log.batch(some_of_each());
    assert_eq!(lane.write(&next).await.unwrap().tallies[0].total().consumed(), 4);
}

#[tokio::test]
async fn a_lane_waits_for_a_lock_only_so_long() {
    let bed = Bed::with(&parents()).await;
    let mut log = bed.log(0).await;
    let options = session_with(bed.database.options(), "lock_timeout", "50ms");
    let mut other = bed.database.connect().await;
    execute(&mut other, "begin; lock table listening_history").await;
    let failure = PgStore::new(options, writer())
        .lane()
        .write(&log.batch(some_of_each()))
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Contention);
}
