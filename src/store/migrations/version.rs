//! Whether a program may run on a database: only where every migration is applied, and none that it does not
//! know.

use sqlx::PgConnection;

use super::applied::Applied;
use crate::store::error::reason;

/// Why the program must not run on this database.
#[derive(Debug, thiserror::Error)]
pub enum SchemaVersionError {
    /// Migrations are missing, or all are.
    #[error("the database lacks {} of this program's migrations; run `audiohm-ingest migrate up`", .0.len())]
    Older(Vec<i64>),
    /// A newer program has migrated the database.
    #[error(
        "the database was migrated by a newer program (version {}); run that program, or undo its migrations with it first",
        .0.iter().max().copied().unwrap_or_default()
    )]
    Newer(Vec<i64>),
    /// A migration's text differs from what was applied.
    #[error(
        "the database has other texts of this program's migrations (version {}); run the program that applied them",
        .0.iter().max().copied().unwrap_or_default()
    )]
    Modified(Vec<i64>),
    /// The list of migrations could not be read.
    #[error("the schema version could not be read: {}", reason(.0))]
    Unreadable(#[from] sqlx::Error),
}

/// Refuses a database whose schema this program does not know.
pub async fn verify_schema_version(conn: &mut PgConnection) -> Result<(), SchemaVersionError> {
    let applied = Applied::read(conn).await?;
    // newest first: where a newer program was, `migrate up` is no advice
    let unknown = applied.unknown();
    if !unknown.is_empty() {
        return Err(SchemaVersionError::Newer(unknown));
    }
    let modified = applied.modified();
    if !modified.is_empty() {
        return Err(SchemaVersionError::Modified(modified));
    }
    let pending = applied.pending();
    if !pending.is_empty() {
        return Err(SchemaVersionError::Older(pending));
    }
    Ok(())
}
