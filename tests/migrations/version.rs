//! Which databases the worker may run on, and what a role without rights is told.

use audiohm_ingest::store::migrations::{
    DownRequest, MigrateError, MigrationState, SchemaVersionError, UpRequest, down, history, status, up,
    verify_schema_version,
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::adoption::LIBRARY_TABLES;
use crate::catalog::{dump, execute};
use crate::database::FreshDatabase;

#[tokio::test]
async fn the_worker_runs_only_on_the_version_it_knows() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    let error = verify_schema_version(&mut conn).await.unwrap_err();
    assert!(
        matches!(&error, SchemaVersionError::Older(missing) if missing.len() > 1),
        "{error}"
    );
    assert!(error.to_string().contains("audiohm-ingest migrate up"), "{error}");

    let applied = up(&mut conn, UpRequest::default()).await.unwrap().applied;
    verify_schema_version(&mut conn).await.unwrap();

    let to = Some(applied[applied.len() - 2].version);
    down(
        &mut conn,
        DownRequest {
            to,
            ..DownRequest::default()
        },
    )
    .await
    .unwrap();
    let error = verify_schema_version(&mut conn).await.unwrap_err();
    assert!(
        matches!(&error, SchemaVersionError::Older(missing) if missing.len() == 1),
        "{error}"
    );
}

#[tokio::test]
async fn a_newer_programs_migrations_stop_everything_that_would_change_something() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    up(&mut conn, UpRequest::default()).await.unwrap();
    execute(
        &mut conn,
        "insert into ingest._sqlx_migrations (version, description, success, checksum, execution_time)
         values (99990101000000, 'from the future', true, '', -1)",
    )
    .await;
    let error = verify_schema_version(&mut conn).await.unwrap_err();
    assert!(matches!(&error, SchemaVersionError::Newer(_)), "{error}");
    assert!(error.to_string().contains("99990101000000"), "{error}");
    let error = up(&mut conn, UpRequest::default()).await.unwrap_err();
    assert!(matches!(error, MigrateError::Newer(_)), "{error}");
    let error = down(&mut conn, DownRequest::default()).await.unwrap_err();
    assert!(matches!(error, MigrateError::Newer(_)), "{error}");

    let newest = &history(&mut conn).await.unwrap()[0];
    assert_eq!(
        (newest.version, newest.state),
        (99_990_101_000_000, MigrationState::Unknown)
    );
    assert_eq!(status(&mut conn).await.unwrap().unknown, [99_990_101_000_000]);
}

#[tokio::test]
async fn a_migration_with_another_text_is_noticed() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = database.connect().await;
    up(&mut conn, UpRequest::default()).await.unwrap();
    execute(
        &mut conn,
        "update ingest._sqlx_migrations set checksum = '' where description = 'progress'",
    )
    .await;
    let error = verify_schema_version(&mut conn).await.unwrap_err();
    assert!(
        matches!(&error, SchemaVersionError::Modified(list) if list.len() == 1),
        "{error}"
    );
    let error = up(&mut conn, UpRequest::default()).await.unwrap_err();
    assert!(matches!(error, MigrateError::Modified(_)), "{error}");
}

/// A role of this test, and a connection that acts as it.
async fn as_role(database: &FreshDatabase) -> (String, PgConnection) {
    let role = format!("ingest_test_{}", Uuid::new_v4().simple());
    let mut conn = database.connect().await;
    execute(&mut conn, &format!("create role {role}; set role {role}")).await;
    (role, conn)
}

async fn drop_role(conn: &mut PgConnection, role: &str) {
    execute(conn, &format!("reset role; drop owned by {role}; drop role {role}")).await;
}

#[tokio::test]
async fn a_role_without_rights_is_told_which_one_it_lacks() {
    let database = FreshDatabase::with_parents().await;
    let (role, mut conn) = as_role(&database).await;
    let error = up(&mut conn, UpRequest::default()).await.unwrap_err();
    assert!(matches!(error, MigrateError::MissingRight(_)), "{error}");
    assert!(error.to_string().contains("permission denied for database"), "{error}");

    up(&mut database.connect().await, UpRequest::default()).await.unwrap();
    let error = status(&mut conn).await.unwrap_err();
    assert!(matches!(error, MigrateError::MissingRight(_)), "{error}");
    let error = verify_schema_version(&mut conn).await.unwrap_err();
    assert!(error.to_string().contains("permission denied"), "{error}");
    drop_role(&mut conn, &role).await;
}

#[tokio::test]
async fn a_role_that_may_not_make_schemas_can_migrate_one_that_it_was_given() {
    let database = FreshDatabase::with_parents().await;
    let (role, mut conn) = as_role(&database).await;
    let mut administrator = database.connect().await;
    execute(&mut administrator, LIBRARY_TABLES).await;
    execute(
        &mut administrator,
        &format!("create schema ingest authorization {role}"),
    )
    .await;
    let before = dump(&mut conn).await;
    up(&mut conn, UpRequest::default()).await.unwrap();
    verify_schema_version(&mut conn).await.unwrap();
    down(&mut conn, DownRequest::default()).await.unwrap();
    assert_eq!(dump(&mut conn).await, before);
    drop_role(&mut conn, &role).await;
}
