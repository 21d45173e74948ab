//! The roles of `deploy/postgres/roles.sql`: each does its work, as all other tests here show, and nothing else.

use crate::database::FreshDatabase;
use crate::harness::{OWNER, READER, Scene, WORKER, as_role, give_rights};
use audiohm_ingest::store::check::needed;
use sqlx::error::DatabaseError;
use sqlx::{Connection, Executor, PgConnection};
use std::collections::BTreeSet;

/// What a role may do with tables, columns, functions and schemas without owning them, by the catalogs.
const HELD: &str = "
    with given as (
        select oid::regclass::text as object, null as attribute, right_.privilege_type, right_.grantee
        from pg_class, aclexplode(relacl) as right_ where relowner <> right_.grantee
        union all
        select attrelid::regclass::text, attname, right_.privilege_type, right_.grantee
        from pg_attribute, aclexplode(attacl) as right_
        union all
        select 'function ' || oid::regprocedure, null, right_.privilege_type, right_.grantee
        from pg_proc, aclexplode(proacl) as right_ where proowner <> right_.grantee
        union all
        select 'schema ' || nspname, null, right_.privilege_type, right_.grantee
        from pg_namespace, aclexplode(nspacl) as right_ where nspowner <> right_.grantee
    )
    select lower(privilege_type) || coalesce(' (' || attribute || ')', '') || ' on '
        || regexp_replace(object, '^public\\.', '')
    from given where grantee = $1::text::regrole";

async fn held(database: &FreshDatabase, role: &str) -> BTreeSet<String> {
    let rights = sqlx::query_scalar(HELD).bind(role);
    let rights: Vec<String> = rights.fetch_all(&mut database.connect().await).await.unwrap();
    rights.into_iter().collect()
}

/// The rights on the program's list, column by column, as the catalogs write them.
fn of_the_list() -> BTreeSet<String> {
    let mut rights = BTreeSet::new();
    for right in needed() {
        let object = right.object();
        let object = object.strip_prefix("public.").unwrap_or(&object);
        let privilege = right.privilege();
        match privilege.split_once(" (") {
            Some((verb, columns)) => {
                let columns = columns.trim_end_matches(')').split(", ");
                rights.extend(columns.map(|column| format!("{verb} ({column}) on {object}")));
            }
            None => {
                rights.insert(format!("{privilege} on {object}"));
            }
        }
    }
    rights
}

/// Fails unless PostgreSQL refuses each of the statements for want of a right.
async fn refuses(database: &FreshDatabase, role: &str, statements: &[&str]) {
    let mut session = PgConnection::connect(as_role(database, role).as_str()).await.unwrap();
    for statement in statements {
        let refused = session.execute(*statement).await.unwrap_err();
        // must be owner, or permission denied
        let code = refused.as_database_error().and_then(DatabaseError::code);
        assert_eq!(code.as_deref(), Some("42501"), "{role}: {statement}: {refused}");
    }
}

#[tokio::test]
async fn the_worker_holds_the_rights_on_the_list_and_owns_nothing() {
    let scene = Scene::new(1, 1).await;
    assert_eq!(held(&scene.database, WORKER).await, of_the_list());
    let owned = "select count(*) from pg_class where relowner in ($1::text::regrole, $2::text::regrole)";
    let owned: i64 = sqlx::query_scalar(owned)
        .bind(WORKER)
        .bind(READER)
        .fetch_one(&mut scene.database.connect().await)
        .await
        .unwrap();
    assert_eq!(owned, 0);
    let not_its_work = [
        "select name from users",
        "update users set name = 'x'",
        "delete from users",
        "delete from listening_history",
        "update listening_history set user_id = user_id",
        "delete from ingest.dead_letters",
        "delete from ingest.progress",
        "truncate ingest.dead_letters",
        "update ingest._sqlx_migrations set success = true",
        "alter table ingest.progress add column x int",
        "create table public.x (id int)",
        "create table ingest.x (id int)",
    ];
    refuses(&scene.database, WORKER, &not_its_work).await;
}

#[tokio::test]
async fn the_reader_sees_what_an_audit_needs_and_changes_nothing() {
    let scene = Scene::new(1, 1).await;
    let held = held(&scene.database, READER).await;
    assert!(
        held.iter()
            .all(|right| right.starts_with("select") || right.starts_with("usage")),
        "{held:#?}"
    );
    let mut session = PgConnection::connect(as_role(&scene.database, READER).as_str())
        .await
        .unwrap();
    for table in [
        "ingest.progress",
        "ingest.dead_letters",
        "ingest.like_state",
        "ingest.replays",
        "ingest.replay_partitions",
        "ingest._sqlx_migrations",
        "listening_history",
        "liked_tracks",
    ] {
        let look = format!("select * from {table}");
        assert!(session.execute(look.as_str()).await.is_ok(), "{table}");
    }
    session
        .execute("select id from users, lateral (select id as track from tracks) as t")
        .await
        .unwrap();
    let not_its_work = [
        "select name from users",
        "update ingest.progress set halted = null",
        "delete from listening_history",
        "insert into liked_tracks default values",
        "select ingest.lock_users('{}')",
        "create table public.x (id int)",
        "create table ingest.x (id int)",
    ];
    refuses(&scene.database, READER, &not_its_work).await;
}

#[tokio::test]
async fn the_owner_adopts_the_backends_tables_without_a_right_to_them() {
    let database = FreshDatabase::with_parents().await;
    let mut backend = database.connect().await;
    backend
        .execute(include_str!("../migrations/library_tables.sql"))
        .await
        .unwrap();
    let stamped = "create table alembic_version (version_num varchar(32) primary key);
        insert into alembic_version values ('001_add_library_tables')";
    backend.execute(stamped).await.unwrap();
    let scene = Scene::not_migrated(database, 1).prepared(1).await;
    let rights = [
        "select (id) on tracks",
        "select (id) on users",
        "select on alembic_version",
        "update (id) on tracks",
        "update (id) on users",
        "usage on schema public",
    ];
    assert_eq!(held(&scene.database, OWNER).await, rights.map(str::to_owned).into());
    let not_its_work = [
        "select * from listening_history",
        "delete from liked_tracks",
        "drop table listening_history",
        "select name from users",
        "create table public.x (id int)",
        "create schema x",
    ];
    refuses(&scene.database, OWNER, &not_its_work).await;
    // the worker works there, too
    scene.catch_up().await;
}

#[tokio::test]
async fn the_owner_takes_over_what_another_role_migrated_and_can_undo_it() {
    let mut scene = Scene::not_migrated(FreshDatabase::with_parents().await, 1);
    let up = scene.run(&["migrate", "up"]).await;
    assert_eq!(up.code, Some(0), "{}", up.stderr);
    give_rights(&scene.database).await;
    give_rights(&scene.database).await;
    assert_eq!(held(&scene.database, WORKER).await, of_the_list());
    scene.set("DATABASE__URL", as_role(&scene.database, OWNER).as_str());
    let down = scene.run(&["migrate", "down", "--keep-library-tables"]).await;
    assert_eq!(down.code, Some(0), "{}", down.stderr);
    give_rights(&scene.database).await;
    let up = scene.run(&["migrate", "up"]).await;
    assert_eq!(up.code, Some(0), "{}", up.stderr);
}
