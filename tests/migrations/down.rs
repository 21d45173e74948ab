//! What down refuses, and what Alembic's presence changes.

use audiohm_ingest::store::migrations::{DownRequest, LibraryTables, MigrateError, UpRequest, down, down_script, up};
use sqlx::PgConnection;

use crate::catalog::{dump, execute, identity};
use crate::database::FreshDatabase;

const ROW: &str = "
    insert into public.users (id) values ('00000000-0000-4000-8000-000000000001');
    insert into public.tracks (id) values ('00000000-0000-4000-8000-000000000002');
    insert into public.listening_history (user_id, track_id)
    values ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002')";

const ALEMBIC: &str = "
    create table public.alembic_version (version_num varchar(32) primary key);
    insert into public.alembic_version values ('000_base')";

const CREATE: UpRequest = UpRequest {
    to: None,
    create_library_tables: true,
};
const KEEP: DownRequest = DownRequest {
    to: None,
    drop_rows: false,
    keep_library_tables: true,
};
const INSIST: DownRequest = DownRequest {
    to: None,
    drop_rows: true,
    keep_library_tables: false,
};

async fn refused(conn: &mut PgConnection, request: DownRequest) -> MigrateError {
    let before = (dump(conn).await, identity(conn).await);
    let error = down(conn, request).await.unwrap_err();
    down_script(conn, request).await.unwrap_err();
    assert_eq!((dump(conn).await, identity(conn).await), before);
    error
}

#[tokio::test]
async fn rows_in_tables_that_up_made_are_dropped_only_on_insistence() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    up(&mut conn, UpRequest::default()).await.unwrap();
    execute(&mut conn, ROW).await;
    let error = refused(&mut conn, DownRequest::default()).await;
    assert!(
        matches!(&error, MigrateError::HoldsRows(tables) if *tables == ["public.listening_history"]),
        "{error}"
    );
    let outcome = down(&mut conn, INSIST).await.unwrap();
    assert_eq!(outcome.dropped.len(), 2);
    assert_eq!(identity(&mut conn).await, []);
}

#[tokio::test]
async fn a_target_above_the_library_tables_does_not_look_at_their_rows() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    let applied = up(&mut conn, UpRequest::default()).await.unwrap().applied;
    execute(&mut conn, ROW).await;
    let to = applied
        .iter()
        .find(|known| known.description == "library tables")
        .map(|known| known.version);
    assert!(to.is_some());
    down(
        &mut conn,
        DownRequest {
            to,
            ..DownRequest::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(identity(&mut conn).await.len(), 2);
}

#[tokio::test]
async fn tables_that_up_made_can_be_left_to_the_backend() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    up(&mut conn, UpRequest::default()).await.unwrap();
    execute(&mut conn, ROW).await;
    let before = identity(&mut conn).await;
    down(&mut conn, KEEP).await.unwrap();
    assert_eq!(identity(&mut conn).await, before);
    let outcome = up(&mut conn, UpRequest::default()).await.unwrap();
    assert_eq!(outcome.library_tables, LibraryTables::Adopted);
}

#[tokio::test]
async fn a_database_of_alembic_without_the_tables_is_refused_and_left_alone() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    execute(&mut conn, ALEMBIC).await;
    let before = dump(&mut conn).await;
    let error = up(&mut conn, UpRequest::default()).await.unwrap_err();
    assert!(matches!(error, MigrateError::ManagedByAlembic), "{error}");
    for advice in [
        "alembic upgrade head",
        "--create-library-tables",
        "alembic stamp 001_add_library_tables",
    ] {
        assert!(error.to_string().contains(advice), "{error}");
    }
    assert_eq!(dump(&mut conn).await, before);
}

#[tokio::test]
async fn tables_made_beside_alembic_go_again_while_it_has_not_moved() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    execute(&mut conn, ALEMBIC).await;
    let before = dump(&mut conn).await;
    let outcome = up(&mut conn, CREATE).await.unwrap();
    assert_eq!(outcome.library_tables, LibraryTables::MadeBesideAlembic);
    down(&mut conn, DownRequest::default()).await.unwrap();
    assert_eq!(dump(&mut conn).await, before);
}

#[tokio::test]
async fn tables_that_alembic_was_stamped_with_are_never_dropped() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    execute(&mut conn, ALEMBIC).await;
    up(&mut conn, CREATE).await.unwrap();
    for stamp in ["001_add_library_tables", "002_that_builds_on_it"] {
        execute(
            &mut conn,
            &format!("update public.alembic_version set version_num = '{stamp}'"),
        )
        .await;
        for request in [DownRequest::default(), INSIST] {
            let error = refused(&mut conn, request).await;
            assert!(matches!(error, MigrateError::TakenOverByAlembic(_)), "{error}");
            assert!(error.to_string().contains(stamp), "{error}");
        }
    }
    let before = identity(&mut conn).await;
    let outcome = down(&mut conn, KEEP).await.unwrap();
    assert_eq!(outcome.kept.len(), 2);
    assert_eq!(identity(&mut conn).await, before);
}

#[tokio::test]
async fn tables_that_the_backend_has_dropped_since_do_not_stop_down() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    up(&mut conn, UpRequest::default()).await.unwrap();
    execute(
        &mut conn,
        "drop table public.users, public.tracks, public.liked_tracks cascade",
    )
    .await;
    let outcome = down(&mut conn, DownRequest::default()).await.unwrap();
    assert_eq!(outcome.dropped, ["public.listening_history"]);
    assert_eq!(dump(&mut conn).await, [""; 0]);
}

#[tokio::test]
async fn a_lock_that_is_held_elsewhere_ends_the_migration_and_not_the_holder() {
    let database = FreshDatabase::with_parents().await;
    let (mut conn, mut backend) = (database.connect().await, database.connect().await);
    let before = dump(&mut conn).await;
    execute(&mut backend, "begin; lock table public.tracks in row exclusive mode").await;
    let error = up(&mut conn, UpRequest::default()).await.unwrap_err();
    assert!(matches!(error, MigrateError::Locked(_)), "{error}");
    assert_eq!(dump(&mut conn).await, before);
    execute(&mut backend, "commit").await;
    up(&mut conn, UpRequest::default()).await.unwrap();
}
