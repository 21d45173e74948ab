//! A replay of rows that are there.

use super::{number, replay};
use crate::database::FreshDatabase;
use crate::harness::{PrivatePostgres, Scene, Script, count, seed};
use crate::second_ingestion::{versions, wal_position};
use sqlx::Executor;

#[tokio::test]
async fn a_replay_of_rows_that_are_there_writes_no_row_version_and_next_to_no_wal() {
    // WAL is counted by the server, so nobody else may use it, not even its own autovacuum
    let server = PrivatePostgres::new();
    let scene = Scene::on(FreshDatabase::on(&server.url()).await.given_parents().await, 2, 3).await;
    let mut script = Script::new(seed(), &scene);
    let records = script.mixed(20_000);
    scene.broker.send(&records);
    let mut connection = scene.database.connect().await;
    connection.execute("alter system set autovacuum = off").await.unwrap();
    connection.execute("select pg_reload_conf()").await.unwrap();
    scene.catch_up().await;
    let letters = scene.letters(&mut connection).await;

    connection.execute("vacuum freeze analyze").await.unwrap();
    let (versions_before, wal_before) = (versions(&mut connection).await, wal_position(&mut connection).await);
    let job = replay(&scene, "again", &[]).await;
    let wal = wal_position(&mut connection).await - wal_before;
    println!(
        "{wal} bytes of WAL for {} records, everything of the job included",
        records.len()
    );

    assert!(
        versions_before == versions(&mut connection).await,
        "every row version is the one it was"
    );
    assert_eq!(number(&job, "consumed"), count(records.len()));
    assert_eq!(number(&job, "dead_lettered"), count(letters.len()), "{job:#}");
    assert_eq!(
        scene.letters(&mut connection).await,
        letters,
        "no letter is entered twice"
    );
    assert!(
        wal < 10 * count(records.len()),
        "{wal} bytes of WAL for {} records",
        records.len()
    );
}
