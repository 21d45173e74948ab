//! What follows from errors that blame no row: each provoked on a real server, and nothing is stored by any.

use crate::bed::{Bed, execute, session_with, writer};
use crate::letter::letters;
use crate::log::Log;
use crate::random::{parents, play_id, track, user};
use crate::sample::{like, play_record};
use audiohm_ingest::batch::SealedBatch;
use audiohm_ingest::pipeline::{Failure, FailureKind, Lane, Store};
use audiohm_ingest::store::connection::session;
use audiohm_ingest::store::error::{Policy, policy};
use audiohm_ingest::store::{PgConnectOptions, PgStore};

async fn bed_and_batch() -> (Bed, Log, SealedBatch) {
    let bed = Bed::with(&parents()).await;
    let mut log = bed.log(0).await;
    let batch = log.batch([
        play_record(play_id(1), user(0), track(0)),
        like((user(0), track(0)), 1, None),
        play_record(play_id(2), user(9), track(0)),
    ]);
    (bed, log, batch)
}

async fn failure_with(options: PgConnectOptions, batch: &SealedBatch) -> Failure {
    PgStore::new(options, writer()).lane().write(batch).await.unwrap_err()
}

/// Nothing is stored, no record is blamed, and the same batch succeeds once the cause is gone.
async fn succeeds_now(mut bed: Bed, batch: &SealedBatch) {
    assert!(letters(&mut bed.backend).await.is_empty());
    assert_eq!(bed.number("select count(*) from listening_history").await, 0);
    bed.lane().write(batch).await.unwrap();
    assert_eq!(bed.number("select count(*) from listening_history").await, 1);
}

#[tokio::test]
async fn a_missing_table_and_a_missing_right_are_defects() {
    let (mut bed, _, batch) = bed_and_batch().await;
    bed.execute("alter table liked_tracks rename to elsewhere").await;
    assert_eq!(bed.lane().write(&batch).await.unwrap_err().kind, FailureKind::Defect);
    bed.execute("alter table elsewhere rename to liked_tracks").await;
    let role = Role::new(&mut bed, "login").await;
    let failure = failure_with(session(role.options(&bed)), &batch).await;
    assert_eq!(failure.kind, FailureKind::Defect, "{failure}");
    role.drop(&mut bed).await;
    succeeds_now(bed, &batch).await;
}

#[tokio::test]
async fn a_role_that_may_not_log_in_is_a_defect_and_one_without_free_connections_an_outage() {
    let (mut bed, _, batch) = bed_and_batch().await;
    for (attributes, kind) in [
        ("nologin", FailureKind::Defect),
        ("login connection limit 0", FailureKind::Outage),
    ] {
        let role = Role::new(&mut bed, attributes).await;
        let failure = failure_with(session(role.options(&bed)), &batch).await;
        assert_eq!(failure.kind, kind, "{failure}");
        role.drop(&mut bed).await;
    }
    succeeds_now(bed, &batch).await;
}

/// A role of its own, without a password.
struct Role(String);

impl Role {
    async fn new(bed: &mut Bed, attributes: &str) -> Self {
        let name = format!("tables_{}", uuid::Uuid::new_v4().simple());
        bed.execute(&format!("create role {name} {attributes}")).await;
        Self(name)
    }

    fn options(&self, bed: &Bed) -> PgConnectOptions {
        bed.database.options().username(&self.0)
    }

    async fn drop(self, bed: &mut Bed) {
        bed.execute(&format!("drop role {}", self.0)).await;
    }
}

#[tokio::test]
async fn a_server_that_is_away_or_lacks_the_database_is_an_outage() {
    let (bed, _, batch) = bed_and_batch().await;
    let nowhere = session(bed.database.options().host("127.0.0.1").port(1));
    assert_eq!(failure_with(nowhere, &batch).await.kind, FailureKind::Outage);
    let missing = session(bed.database.options().database("no_such_database"));
    assert_eq!(failure_with(missing, &batch).await.kind, FailureKind::Outage);
    succeeds_now(bed, &batch).await;
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_read_only() {
    let (bed, _, batch) = bed_and_batch().await;
    let options = session_with(bed.database.options(), "default_transaction_read_only", "on");
    assert_eq!(failure_with(options, &batch).await.kind, FailureKind::ReadOnly);
    succeeds_now(bed, &batch).await;
}

#[tokio::test]
async fn a_lock_or_a_statement_that_takes_too_long_is_contention() {
    for setting in ["lock_timeout", "statement_timeout"] {
        let (bed, _, batch) = bed_and_batch().await;
        let mut other = bed.database.connect().await;
        execute(
            &mut other,
            "begin; lock table listening_history in access exclusive mode",
        )
        .await;
        let options = session_with(bed.database.options(), setting, "50ms");
        let failure = failure_with(options, &batch).await;
        assert_eq!(failure.kind, FailureKind::Contention, "{setting}: {failure}");
        execute(&mut other, "rollback").await;
        succeeds_now(bed, &batch).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_is_contention() {
    let (bed, _, batch) = bed_and_batch().await;
    let mut other = bed.database.connect().await;
    let lock = |table: &str, id: uuid::Uuid| format!("select from {table} where id = '{id}' for update");
    execute(&mut other, &format!("begin; {}", lock("tracks", track(0).0))).await;
    let (mut lane, same) = (bed.lane(), batch.clone());
    let writing = tokio::spawn(async move { lane.write(&same).await });
    // the lane has the user and waits for the track; now the other way round
    bed.until_a_session_waits().await;
    execute(&mut other, "set deadlock_timeout = '1min'").await;
    execute(&mut other, &lock("users", user(0).0)).await;
    let failure = writing.await.unwrap().unwrap_err();
    assert_eq!(failure.kind, FailureKind::Contention, "{failure}");
    assert_eq!(
        failure.message, "deadlock detected",
        "the server's own words and nothing else"
    );
    execute(&mut other, "rollback").await;
    succeeds_now(bed, &batch).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_an_administrator_ends_is_an_outage_and_a_cancelled_statement_contention() {
    for (function, kind) in [
        ("pg_terminate_backend", FailureKind::Outage),
        ("pg_cancel_backend", FailureKind::Contention),
    ] {
        let (mut bed, _, batch) = bed_and_batch().await;
        let mut other = bed.database.connect().await;
        execute(
            &mut other,
            "begin; lock table listening_history in access exclusive mode",
        )
        .await;
        let (mut lane, same) = (bed.lane(), batch.clone());
        let writing = tokio::spawn(async move { lane.write(&same).await });
        bed.until_a_session_waits().await;
        bed.execute(&format!(
            "select {function}(pid) from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'"
        ))
        .await;
        let failure = writing.await.unwrap().unwrap_err();
        assert_eq!(failure.kind, kind, "{function}: {failure}");
        execute(&mut other, "rollback").await;
        succeeds_now(bed, &batch).await;
    }
}

#[tokio::test]
async fn a_plan_that_does_not_fit_a_changed_table_wants_a_new_connection() {
    let (mut bed, mut log, batch) = bed_and_batch().await;
    let mut lane = bed.lane();
    lane.write(&batch).await.unwrap();
    bed.execute("alter table liked_tracks alter notes type text").await;
    let next = log.batch([like((user(0), track(0)), 2, Some("after"))]);
    let failure = lane.write(&next).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Connection, "{failure}");
    lane.write(&next).await.unwrap();
    assert_eq!(bed.progress(&log.partition).await.updated, 1);
}

#[tokio::test]
async fn columns_that_are_added_while_it_runs_are_no_error() {
    let (mut bed, mut log, batch) = bed_and_batch().await;
    let mut lane = bed.lane();
    lane.write(&batch).await.unwrap();
    bed.execute(
        "alter table liked_tracks add mood text; alter table listening_history add device text default 'unknown';
         alter table users add email text; alter table tracks add isrc text",
    )
    .await;
    let next = log.batch([
        like((user(1), track(0)), 2, None),
        play_record(play_id(3), user(1), track(0)),
    ]);
    lane.write(&next).await.unwrap();
    assert_eq!(bed.progress(&log.partition).await.inserted, 4);
}

#[tokio::test]
async fn any_other_code_that_a_statement_raises_has_the_policy_of_the_table() {
    use FailureKind::{Connection, Contention, Defect, Outage, ReadOnly};
    for (code, kind) in [
        ("21000", Defect),
        ("42601", Defect),
        ("42501", Defect),
        ("28000", Defect),
        ("25P02", Defect),
        ("40001", Contention),
        ("40P01", Contention),
        ("55P03", Contention),
        ("57014", Contention),
        ("0A000", Connection),
        ("26000", Connection),
        ("42P05", Connection),
        ("25P03", Connection),
        ("25006", ReadOnly),
        ("08006", Outage),
        ("53100", Outage),
        ("53200", Outage),
        ("53300", Outage),
        ("57P01", Outage),
        ("57P02", Outage),
        ("57P03", Outage),
        ("XX000", Outage),
        ("58030", Outage),
    ] {
        let (mut bed, _, batch) = bed_and_batch().await;
        bed.execute(&format!(
            "create function fail() returns trigger language plpgsql as $$
             begin raise exception 'provoked' using errcode = '{code}'; end $$;
             create trigger fail before insert on listening_history for each statement execute function fail()"
        ))
        .await;
        let failure = bed.lane().write(&batch).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{code}: {failure}");
        assert_eq!(policy(code), Policy::Retry(kind), "{code}");
        bed.execute("drop trigger fail on listening_history").await;
        succeeds_now(bed, &batch).await;
    }
}
