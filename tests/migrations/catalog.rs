//! What the tests look at in the catalogs.

use sqlx::{Executor, PgConnection};

/// The whole schema as lines, so that a difference can be read from a failed assertion.
pub(crate) async fn dump(conn: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(include_str!("catalog.sql"))
        .fetch_all(conn)
        .await
        .expect("the catalogs can be read")
}

/// Number and storage of the library tables: another table under the same name has others.
pub(crate) async fn identity(conn: &mut PgConnection) -> Vec<(String, i64, i64)> {
    sqlx::query_as(
        "select relname::text, oid::bigint, relfilenode::bigint from pg_class
         where relnamespace = 'public'::regnamespace and relname in ('listening_history', 'liked_tracks')
         order by relname",
    )
    .fetch_all(conn)
    .await
    .expect("the catalogs can be read")
}

/// Executes SQL that the test wrote.
pub(crate) async fn execute(conn: &mut PgConnection, sql: &str) {
    if let Err(error) = conn.execute(sql).await {
        panic!("{error}\n{sql}");
    }
}
