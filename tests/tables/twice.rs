//! The second ingestion of the same events, and the twentieth execution of the same statements.

use crate::bed::{Bed, batched_writer, number, writer};
use crate::log::Log;
use crate::random::{Dice, instant, parents, play_id, record_of, track, user};
use crate::reference::Parents;
use crate::sample::{like, play, unlike};
use audiohm_ingest::event::{Event, Play};
use audiohm_ingest::record::Record;
use audiohm_ingest::store::connection::session;
use audiohm_ingest::store::write::{Care, Writer};
use sqlx::ConnectOptions;

/// Plays of many users, with likes and unlikes among them.
fn events(count: u128) -> (Parents, Vec<Record>) {
    let parents = Parents {
        users: (0..=count / 10).map(user).collect(),
        tracks: (0..=count / 5).map(track).collect(),
    };
    let record = |number: u128| {
        let pair = (user(number / 10), track(number / 5));
        let at = i64::try_from(number).unwrap();
        match number % 5 {
            0 => like(pair, at, Some("notes")),
            1 if number % 10 == 1 => unlike(pair, at),
            _ => record_of(&Event::Play(Play {
                played_at: instant(at),
                source: Some("phone".into()),
                ..play(play_id(number), pair.0, pair.1)
            })),
        }
    };
    (parents, (0..count).map(record).collect())
}

const ROW_VERSIONS: &str = "
    select format('%s %s %s', id, xmin, ctid) from listening_history
    union all select format('%s %s %s', id, xmin, ctid) from liked_tracks
    union all select format('%s %s %s %s', user_id, track_id, xmin, ctid) from ingest.like_state
    union all select format('%s %s %s', id, xmin, ctid) from users
    union all select format('%s %s %s', id, xmin, ctid) from tracks
    order by 1";

#[tokio::test]
async fn a_second_ingestion_writes_no_row_version_and_hardly_any_wal() {
    ingest_twice(&writer()).await;
}

#[tokio::test]
async fn a_second_ingestion_without_foreign_keys_writes_as_little() {
    ingest_twice(&batched_writer()).await;
}

async fn ingest_twice(writer: &Writer) {
    const EVENTS: u128 = 4_000;
    let (parents, records) = events(EVENTS);
    let mut bed = Bed::with(&parents).await;
    let mut connection = session(bed.database.options()).connect().await.unwrap();
    let mut log = bed.log(0).await;
    let first = log.batch(records.clone());
    writer.write(&mut connection, &first, Care::Plain).await.unwrap();
    let versions = bed.texts(ROW_VERSIONS).await;
    assert!(versions.len() > 3_000);
    // read in another order and in two batches
    let mut again = records.clone();
    again.reverse();
    let rest = again.split_off(1_500);
    bed.execute("create extension pg_walinspect").await;
    let start = bed.texts("select pg_current_wal_insert_lsn()::text").await;
    let mut transactions = Vec::new();
    for batch in [log.batch(again), log.batch(rest)] {
        writer.write(&mut connection, &batch, Care::Plain).await.unwrap();
        // the batch's last statement has left its transaction there
        transactions.extend(bed.texts("select xmin::text from ingest.progress").await);
    }
    let wal = wal_of(&mut bed, &start[0], &transactions).await;
    assert_eq!(bed.texts(ROW_VERSIONS).await, versions);
    let events = i64::try_from(EVENTS).unwrap();
    assert!(
        (1..10 * events).contains(&wal),
        "{wal} bytes of WAL for {events} events"
    );
    let ledger = bed.progress(&log.partition).await;
    assert_eq!(ledger.consumed, 2 * events);
    assert_eq!(
        ledger.unchanged,
        2 * events - ledger.inserted - ledger.updated - ledger.removed
    );
    assert_eq!(
        ledger.inserted,
        bed.number("select (select count(*) from listening_history) + (select count(*) from liked_tracks)")
            .await
    );
}

/// Bytes that these transactions wrote to the log since then; others write there too.
async fn wal_of(bed: &mut Bed, start: &str, transactions: &[String]) -> i64 {
    let end = bed.texts("select pg_current_wal_insert_lsn()::text").await;
    let flushed = format!("select (pg_current_wal_flush_lsn() >= '{}')::integer::bigint", end[0]);
    bed.until(&flushed, |done| done == 1).await;
    let written = format!(
        "select coalesce(sum(record_length), 0)::bigint
         from pg_get_wal_records_info('{start}', pg_current_wal_flush_lsn())
         where xid::text in ('{}')",
        transactions.join("', '")
    );
    bed.number(&written).await
}

#[tokio::test]
async fn the_twentieth_execution_of_each_statement_is_planned_for_its_own_arrays() {
    let mut bed = Bed::with(&parents()).await;
    let mut connection = session(bed.database.options()).connect().await.unwrap();
    let mut log: Log = bed.log(0).await;
    for seed in 1..=25 {
        // collisions and orphans of every kind, so that every statement has work
        bed.execute("delete from listening_history; delete from liked_tracks; delete from ingest.like_state")
            .await;
        for records in [Dice::new(seed).records(60), Dice::new(seed + 100).records(60)] {
            let batch = log.batch(records);
            writer().write(&mut connection, &batch, Care::Plain).await.unwrap();
        }
    }
    // delete, update and insert of liked_tracks do not all have work in every batch
    let hot = "select count(*) from pg_prepared_statements where custom_plans >= 20";
    assert!(
        number(&mut connection, hot).await >= 10,
        "every hot statement ran twenty times"
    );
    let generic: Vec<String> = sqlx::query_scalar(
        // the insert of likes reads no table, so that there is but one way to run it
        "select statement from pg_prepared_statements where generic_plans > 0 and cardinality(parameter_types) > 0
            and statement not like '%insert into public.liked_tracks%'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(generic, Vec::<String>::new());
}
