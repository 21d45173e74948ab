//! The server itself: its version and settings, and its clock.

use chrono::{TimeDelta, Utc};
use sqlx::PgConnection;

/// What the server is and how this session may use it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one field per setting of the server")]
pub struct Server {
    /// The role whose rights the session has, quoted where SQL wants that.
    pub role: String,
    /// The database.
    pub database: String,
    /// As the server writes it.
    pub version: String,
    /// 150018 is 15.18.
    pub version_number: i32,
    /// Of the database.
    pub encoding: String,
    /// It follows another server and takes no writes.
    pub is_standby: bool,
    /// Transactions of this session begin as read-only ones.
    pub is_read_only: bool,
    /// Commits reach the disk.
    pub fsync: bool,
    /// Torn pages are mended after a crash.
    pub full_page_writes: bool,
    /// What a commit waits for.
    pub synchronous_commit: String,
}

/// Asks the server about itself.
pub async fn server(connection: &mut PgConnection) -> sqlx::Result<Server> {
    sqlx::query_file_as!(Server, "src/store/sql/check/server.sql")
        .fetch_one(connection)
        .await
}

/// How far the server's clock is ahead of this machine's, or behind it if negative. The way to the server and
/// back is taken as equally long.
pub async fn clock_ahead(connection: &mut PgConnection) -> sqlx::Result<TimeDelta> {
    let asked = Utc::now();
    let row = sqlx::query_file!("src/store/sql/check/clock.sql")
        .fetch_one(connection)
        .await?;
    let middle = asked + (Utc::now() - asked) / 2;
    Ok(row.now - middle)
}
