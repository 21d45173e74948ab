//! The foreign keys of the library tables, which PostgreSQL asks for every row that is inserted, by a query of its own.

use super::parents::Parents;
use sqlx::{Executor, PgConnection};

/// Leaves them out until the transaction ends. All parents that exist are locked, and rows are written of no others.
pub(in crate::store) async fn leave_out(connection: &mut PgConnection) -> sqlx::Result<()> {
    connection
        .execute("set local session_replication_role = replica")
        .await?;
    Ok(())
}

/// Has their queries planned once. The session's `force_custom_plan` holds for them too, and would plan two for each row,
/// which was a third of what an insert costs. Where none are asked, this needs no round trip.
pub(super) async fn plan_once(connection: &mut PgConnection, parents: &Parents) -> sqlx::Result<()> {
    plan(connection, parents, "set local plan_cache_mode = force_generic_plan").await
}

/// Back to the session's way, which the statements with arrays and joins need.
pub(super) async fn plan_anew(connection: &mut PgConnection, parents: &Parents) -> sqlx::Result<()> {
    plan(connection, parents, "set local plan_cache_mode = force_custom_plan").await
}

async fn plan(connection: &mut PgConnection, parents: &Parents, statement: &'static str) -> sqlx::Result<()> {
    if parents.asks_foreign_keys {
        connection.execute(statement).await?;
    }
    Ok(())
}
