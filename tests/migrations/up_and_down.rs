//! Up, down and up again; targets; what is shown is what is executed.

use audiohm_ingest::store::migrations::{
    DownRequest, LibraryTables, MigrateError, UpRequest, down, down_script, history, up, up_script,
};
use audiohm_ingest::store::schema::compare_library_tables;
use sqlx::PgConnection;

use crate::catalog::{dump, execute};
use crate::database::FreshDatabase;

async fn known_versions(conn: &mut PgConnection) -> Vec<i64> {
    let mut versions: Vec<_> = history(conn).await.unwrap().iter().map(|entry| entry.version).collect();
    versions.reverse();
    versions
}

#[tokio::test]
async fn up_after_down_gives_the_same_schema_and_down_leaves_nothing() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    let before = dump(&mut conn).await;

    let outcome = up(&mut conn, UpRequest::default()).await.unwrap();
    assert_eq!(outcome.library_tables, LibraryTables::Made);
    let first = dump(&mut conn).await;
    down(&mut conn, DownRequest::default()).await.unwrap();
    assert_eq!(dump(&mut conn).await, before);

    up(&mut conn, UpRequest::default()).await.unwrap();
    assert_eq!(dump(&mut conn).await, first);
}

#[tokio::test]
async fn each_migration_undone_alone_leaves_what_was_there_before_it() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    let versions = known_versions(&mut conn).await;
    assert!(versions.len() > 1);
    up(
        &mut conn,
        UpRequest {
            to: Some(versions[0]),
            ..UpRequest::default()
        },
    )
    .await
    .unwrap();
    for pair in versions.windows(2) {
        let before = dump(&mut conn).await;
        let outcome = up(
            &mut conn,
            UpRequest {
                to: Some(pair[1]),
                ..UpRequest::default()
            },
        )
        .await
        .unwrap();
        assert_eq!(outcome.applied.len(), 1);
        assert_ne!(dump(&mut conn).await, before);
        down(
            &mut conn,
            DownRequest {
                to: Some(pair[0]),
                ..DownRequest::default()
            },
        )
        .await
        .unwrap();
        assert_eq!(dump(&mut conn).await, before, "undoing {}", pair[1]);
        up(
            &mut conn,
            UpRequest {
                to: Some(pair[1]),
                ..UpRequest::default()
            },
        )
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn a_second_up_does_nothing() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    up(&mut conn, UpRequest::default()).await.unwrap();
    let first = dump(&mut conn).await;
    let outcome = up(&mut conn, UpRequest::default()).await.unwrap();
    assert_eq!(outcome.applied, []);
    assert_eq!(outcome.library_tables, LibraryTables::Unchanged);
    assert_eq!(dump(&mut conn).await, first);
    assert_eq!(
        up_script(&mut conn, UpRequest::default()).await.unwrap(),
        "-- nothing to do\n"
    );
}

#[tokio::test]
async fn a_version_that_does_not_exist_is_refused_with_those_that_do() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    let newest = *known_versions(&mut conn).await.last().unwrap();
    let error = up(
        &mut conn,
        UpRequest {
            to: Some(7),
            ..UpRequest::default()
        },
    )
    .await
    .unwrap_err();
    assert!(
        matches!(error, MigrateError::UnknownTarget { version: 7, .. }),
        "{error}"
    );
    assert!(error.to_string().contains(&newest.to_string()), "{error}");
}

#[tokio::test]
async fn the_script_executes_nothing_and_does_the_same_when_executed() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    let before = dump(&mut conn).await;
    execute(&mut conn, "set default_transaction_read_only = on").await;
    let script = up_script(&mut conn, UpRequest::default()).await.unwrap();
    assert_eq!(dump(&mut conn).await, before);

    execute(&mut conn, "set default_transaction_read_only = off").await;
    execute(&mut conn, &script).await;
    let by_script = dump(&mut conn).await;
    let undo = down_script(&mut conn, DownRequest::default()).await.unwrap();
    assert_eq!(dump(&mut conn).await, by_script);
    assert_eq!(up(&mut conn, UpRequest::default()).await.unwrap().applied, []);
    execute(&mut conn, &undo).await;
    assert_eq!(dump(&mut conn).await, before);

    up(&mut conn, UpRequest::default()).await.unwrap();
    assert_eq!(dump(&mut conn).await, by_script);
}

#[tokio::test]
async fn the_tables_that_up_makes_are_the_ones_it_would_adopt() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    up(&mut conn, UpRequest::default()).await.unwrap();
    assert_eq!(compare_library_tables(&mut conn).await.unwrap(), []);
}

#[tokio::test]
async fn every_table_and_column_in_schema_ingest_has_a_comment() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    up(&mut conn, UpRequest::default()).await.unwrap();
    let bare: Vec<String> = sqlx::query_scalar(
        "select format('%s.%s', a.attrelid::regclass, a.attname)
         from pg_attribute as a inner join pg_class as c on a.attrelid = c.oid
         where c.relnamespace = 'ingest'::regnamespace and c.relkind = 'r' and a.attnum > 0
             and (col_description(c.oid, a.attnum) is null or obj_description(c.oid, 'pg_class') is null)",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(bare, [""; 0]);
}

#[tokio::test]
async fn no_table_in_schema_ingest_has_a_foreign_key() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    up(&mut conn, UpRequest::default()).await.unwrap();
    let keys: i64 = sqlx::query_scalar(
        "select count(*) from pg_constraint where contype = 'f' and connamespace = 'ingest'::regnamespace",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    assert_eq!(keys, 0);
}

#[tokio::test]
async fn two_migrations_at_once_wait_for_each_other() {
    let database = FreshDatabase::with_parents().await;
    let (mut one, mut other) = (database.connect().await, database.connect().await);
    let (first, second) = tokio::join!(up(&mut one, UpRequest::default()), up(&mut other, UpRequest::default()));
    let applied = [first.unwrap().applied.len(), second.unwrap().applied.len()];
    assert!(applied.contains(&0), "{applied:?}");
    assert_eq!(applied[0] + applied[1], known_versions(&mut one).await.len());
}

#[tokio::test]
async fn a_schema_that_an_administrator_made_survives() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    execute(&mut conn, "create schema ingest").await;
    let before = dump(&mut conn).await;
    up(&mut conn, UpRequest::default()).await.unwrap();
    down(&mut conn, DownRequest::default()).await.unwrap();
    assert_eq!(dump(&mut conn).await, before);
}

#[tokio::test]
async fn sqlx_itself_finds_the_list_as_it_would_have_written_it() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    up(&mut conn, UpRequest::default()).await.unwrap();
    let before = dump(&mut conn).await;
    // sqlx looks for its list in the first schema of the path
    execute(&mut conn, "set search_path to ingest, public").await;
    sqlx::migrate!().run(&mut conn).await.unwrap();
    execute(&mut conn, "reset search_path").await;
    assert_eq!(dump(&mut conn).await, before);
}
