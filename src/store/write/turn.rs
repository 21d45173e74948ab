//! The backend's turn: before a batch takes its locks, a deletion that waits for the worker goes first.
//!
//! Locks on a parent for its children share the row, and PostgreSQL lets a new one in past a deletion that waits. So
//! a user or track that is in every batch of several lanes could not be deleted before the load ends.

use sqlx::PgConnection;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a batch stands back at most, however many deletions there are.
const LONGEST: Duration = Duration::from_secs(1);

/// Between two looks: about as long as the other lanes take to finish what they have begun.
const DISTANCE: Duration = Duration::from_millis(5);

/// Waits until no deletion of a user or track waits for the worker. Outside a transaction, where it holds no locks.
pub(super) async fn leave(connection: &mut PgConnection) -> sqlx::Result<()> {
    let deadline = Instant::now() + LONGEST;
    while waits(connection).await? && Instant::now() < deadline {
        sleep(DISTANCE).await;
    }
    Ok(())
}

async fn waits(connection: &mut PgConnection) -> sqlx::Result<bool> {
    let row = sqlx::query_file!("src/store/sql/backend_waits.sql")
        .fetch_one(connection)
        .await?;
    Ok(row.waits)
}
