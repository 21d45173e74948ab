//! The same topics once more, under another group.

use crate::database::FreshDatabase;
use crate::harness::{PrivatePostgres, Scene, Script, count, seed};
use crate::reference::Tables;
use sqlx::{Executor, PgConnection};

/// Where every row version lies and who wrote it.
pub(crate) async fn versions(connection: &mut PgConnection) -> Vec<(String, String, String)> {
    sqlx::query_as(
        "select 'listening_history', ctid::text, xmin::text from listening_history
         union all select 'liked_tracks', ctid::text, xmin::text from liked_tracks
         union all select 'like_state', ctid::text, xmin::text from ingest.like_state
         order by 1, 2",
    )
    .fetch_all(connection)
    .await
    .unwrap()
}

pub(crate) async fn wal_position(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar("select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_second_ingestion_writes_no_row_version_and_next_to_no_wal() {
    // WAL is counted by the server, so nobody else may use it, not even its own autovacuum
    let server = PrivatePostgres::new();
    let mut scene = Scene::on(FreshDatabase::on(&server.url()).await.given_parents().await, 2, 3).await;
    let mut script = Script::new(seed(), &scene);
    let records = script.mixed(8_000);
    let good: Vec<_> = records.into_iter().filter(|sent| sent.as_event().is_some()).collect();
    scene.broker.send(&good);
    let mut connection = scene.database.connect().await;
    connection.execute("alter system set autovacuum = off").await.unwrap();
    connection.execute("select pg_reload_conf()").await.unwrap();
    scene.catch_up().await;
    scene.check(&good).await;
    let tables: Tables = scene.tables(&mut connection).await;
    let letters = scene.letters(&mut connection).await;

    connection.execute("vacuum freeze analyze").await.unwrap();
    let (versions_before, wal_before) = (versions(&mut connection).await, wal_position(&mut connection).await);
    scene.regroup("the-second");
    scene.catch_up().await;
    let wal = wal_position(&mut connection).await - wal_before;
    println!(
        "{wal} bytes of WAL for {} records, {} letters among them",
        good.len(),
        letters.len()
    );

    assert_eq!(scene.tables(&mut connection).await, tables);
    assert!(
        versions_before == versions(&mut connection).await,
        "every row version is the one it was"
    );
    let progress = scene.progress(&mut connection).await;
    let sum = |value: fn(&crate::harness::Progress) -> i64| progress.iter().map(value).sum::<i64>();
    assert_eq!(sum(|partition| partition.consumed), count(good.len()));
    // an id that belongs to another play is a letter of each group
    assert_eq!(sum(|partition| partition.dead_lettered), count(letters.len()));
    assert_eq!(sum(|partition| partition.unchanged), count(good.len() - letters.len()));
    assert!(
        wal < 100 * count(good.len()),
        "{wal} bytes of WAL for {} records",
        good.len()
    );
}
