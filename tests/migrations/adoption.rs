//! Library tables that are there already: untouched by up and by down.

use audiohm_ingest::store::migrations::{
    DownRequest, LibraryTables, Maker, MigrateError, UpRequest, down, status, up, up_script,
};
use sqlx::PgConnection;

use crate::catalog::{dump, execute, identity};
use crate::database::FreshDatabase;

pub(crate) const LIBRARY_TABLES: &str = include_str!("library_tables.sql");

const ROW: &str = "
    insert into public.users (id) values ('00000000-0000-4000-8000-000000000001');
    insert into public.tracks (id) values ('00000000-0000-4000-8000-000000000002');
    insert into public.liked_tracks (user_id, track_id)
    values ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002')";

async fn adopted(conn: &mut PgConnection) {
    execute(conn, LIBRARY_TABLES).await;
    let outcome = up(conn, UpRequest::default()).await.unwrap();
    assert_eq!(outcome.library_tables, LibraryTables::Adopted);
    assert_eq!(outcome.warnings, []);
}

#[tokio::test]
async fn matching_tables_are_adopted_and_left_untouched_by_up_and_down() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    execute(&mut conn, LIBRARY_TABLES).await;
    execute(&mut conn, ROW).await;
    let before = (dump(&mut conn).await, identity(&mut conn).await);
    assert_eq!(before.1.len(), 2);

    up(&mut conn, UpRequest::default()).await.unwrap();
    assert_eq!(identity(&mut conn).await, before.1);
    let tables = status(&mut conn).await.unwrap().library_tables;
    assert_eq!(tables.len(), 2);
    assert!(tables.iter().all(|table| table.made_by == Maker::Backend));

    let outcome = down(&mut conn, DownRequest::default()).await.unwrap();
    assert_eq!(outcome.dropped, [""; 0]);
    assert_eq!(outcome.kept.len(), 2);
    assert_eq!((dump(&mut conn).await, identity(&mut conn).await), before);
}

#[tokio::test]
async fn insisting_does_not_drop_adopted_tables_either() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    adopted(&mut conn).await;
    let before = identity(&mut conn).await;
    let request = DownRequest {
        drop_rows: true,
        ..DownRequest::default()
    };
    down(&mut conn, request).await.unwrap();
    assert_eq!(identity(&mut conn).await, before);
}

#[tokio::test]
async fn additions_that_refuse_no_row_are_adopted() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    execute(&mut conn, LIBRARY_TABLES).await;
    execute(
        &mut conn,
        "alter table public.listening_history add device text, add rating integer not null default 0
             check (rating >= 0), add place bigint generated always as identity;
         create index on public.listening_history (source);
         create index on public.liked_tracks (lower(notes)) where notes is not null",
    )
    .await;
    let outcome = up(&mut conn, UpRequest::default()).await.unwrap();
    assert_eq!(outcome.library_tables, LibraryTables::Adopted);
}

#[tokio::test]
async fn a_missing_plain_index_is_a_warning() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    execute(&mut conn, LIBRARY_TABLES).await;
    execute(&mut conn, "drop index public.ix_listening_history_played_at").await;
    let warnings = up(&mut conn, UpRequest::default()).await.unwrap().warnings;
    let texts: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        ["public.listening_history, index: expected one that begins with (played_at), found nothing"]
    );
}

#[tokio::test]
async fn tables_that_vanish_after_adoption_are_named_by_the_next_up() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    adopted(&mut conn).await;
    execute(&mut conn, "drop table public.liked_tracks").await;
    let error = up(&mut conn, UpRequest::default()).await.unwrap_err();
    assert!(
        matches!(&error, MigrateError::LibraryTables(list) if list.len() == 1),
        "{error}"
    );
    assert!(error.to_string().contains("public.liked_tracks is not there"));
}

#[tokio::test]
async fn a_refusal_changes_nothing_and_comes_with_the_script_as_well() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    execute(&mut conn, LIBRARY_TABLES).await;
    execute(&mut conn, "alter table public.liked_tracks drop constraint uq_liked").await;
    let before = dump(&mut conn).await;
    for error in [
        up(&mut conn, UpRequest::default()).await.unwrap_err(),
        up_script(&mut conn, UpRequest::default()).await.unwrap_err(),
    ] {
        assert!(matches!(error, MigrateError::LibraryTables(_)), "{error}");
    }
    assert_eq!(dump(&mut conn).await, before);
}

#[tokio::test]
async fn without_the_backends_parents_nothing_is_made() {
    let database = FreshDatabase::empty().await;
    let mut conn = database.connect().await;
    execute(&mut conn, "create table public.users (id bigint primary key)").await;
    let before = dump(&mut conn).await;
    let error = up(&mut conn, UpRequest::default()).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("public.users, column id: expected uuid, found bigint"),
        "{text}"
    );
    assert!(text.contains("public.tracks is not there"), "{text}");
    assert_eq!(dump(&mut conn).await, before);
}
