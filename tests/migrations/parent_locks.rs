//! The two functions that lock parents for a role that may only read them.

use audiohm_ingest::store::migrations::{UpRequest, up};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::catalog::execute;
use crate::database::FreshDatabase;

async fn migrated(database: &FreshDatabase) -> PgConnection {
    let mut conn = database.connect().await;
    up(&mut conn, UpRequest::default()).await.unwrap();
    execute(
        &mut conn,
        "insert into public.users (id) select gen_random_uuid() from generate_series(1, 500);
         insert into public.tracks (id) select gen_random_uuid() from generate_series(1, 500)",
    )
    .await;
    conn
}

#[tokio::test]
async fn the_functions_give_the_ids_that_exist_once_and_sorted() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = migrated(&database).await;
    for (table, call) in [
        ("select id from public.users", "select * from ingest.lock_users($1)"),
        ("select id from public.tracks", "select * from ingest.lock_tracks($1)"),
    ] {
        let mut ids: Vec<Uuid> = sqlx::query_scalar(table).fetch_all(&mut conn).await.unwrap();
        let mut asked = ids.clone();
        asked.extend(&ids[..100]);
        asked.push(Uuid::nil());
        let given: Vec<Uuid> = sqlx::query_scalar(call)
            .bind(&asked)
            .fetch_all(&mut conn)
            .await
            .unwrap();
        ids.sort_unstable();
        assert_eq!(given, ids);
    }
}

#[tokio::test]
async fn a_locked_parent_cannot_be_deleted_until_the_transaction_ends() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = migrated(&database).await;
    let mut backend = database.connect().await;
    let id: Uuid = sqlx::query_scalar("select id from public.users limit 1")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    execute(&mut conn, "begin").await;
    execute(&mut conn, &format!("select ingest.lock_users(array['{id}']::uuid[])")).await;
    execute(&mut backend, "set lock_timeout = '50ms'").await;
    let delete = "delete from public.users where id = $1";
    let error = sqlx::query(delete).bind(id).execute(&mut backend).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("55P03"));
    // what the backend does all day is not held up
    sqlx::query("update public.users set name = 'new' where id = $1")
        .bind(id)
        .execute(&mut backend)
        .await
        .unwrap();
    execute(&mut conn, "commit").await;
    assert_eq!(
        sqlx::query(delete)
            .bind(id)
            .execute(&mut backend)
            .await
            .unwrap()
            .rows_affected(),
        1
    );
}

#[tokio::test]
async fn a_role_that_may_only_execute_can_lock_and_everyone_else_cannot() {
    let database = FreshDatabase::with_parents().await;
    let mut conn = migrated(&database).await;
    let role = format!("ingest_test_{}", Uuid::new_v4().simple());
    execute(
        &mut conn,
        &format!("create role {role}; grant usage on schema ingest to {role}"),
    )
    .await;
    let call = "select count(*) from ingest.lock_users((select array_agg(id) from public.users))";
    execute(&mut conn, &format!("grant select on public.users to {role}")).await;

    execute(&mut conn, &format!("set role {role}")).await;
    let error = sqlx::query_scalar::<_, i64>(call)
        .fetch_one(&mut conn)
        .await
        .unwrap_err();
    assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("42501"));
    execute(
        &mut conn,
        &format!("reset role; grant execute on function ingest.lock_users(uuid[]) to {role}"),
    )
    .await;
    execute(&mut conn, &format!("set role {role}")).await;
    let locked: i64 = sqlx::query_scalar(call).fetch_one(&mut conn).await.unwrap();
    assert_eq!(locked, 500);

    execute(
        &mut conn,
        &format!("reset role; drop owned by {role}; drop role {role}"),
    )
    .await;
}
