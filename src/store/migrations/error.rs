//! Why a migration did not happen. Nothing was changed whenever one of these comes back.

use std::fmt::Display;

use crate::store::error::reason;
use crate::store::schema::Difference;

/// Why a migration did not happen.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// `--to` names a version that does not exist.
    #[error("there is no version {version}; known: {}", list(known))]
    UnknownTarget {
        /// What was asked for.
        version: i64,
        /// What could have been asked for.
        known: Vec<i64>,
    },
    /// A newer program was here.
    #[error(
        "the database has migrations that this program does not know: {}; use the program that applied them, or a newer one",
        list(.0)
    )]
    Newer(Vec<i64>),
    /// A migration's text differs from what was applied.
    #[error(
        "the database has other texts of these migrations than this program: {}; use the program that applied them",
        list(.0)
    )]
    Modified(Vec<i64>),
    /// `users` or `tracks` is missing or has another key.
    #[error(
        "the backend's tables are not there as they have to be; run the backend's migrations first\n{}",
        lines(.0)
    )]
    ParentTables(Vec<Difference>),
    /// The library tables exist and are not the backend's.
    #[error(
        "the library tables are not those of the backend's revision 001_add_library_tables, so they were left alone\n{}",
        lines(.0)
    )]
    LibraryTables(Vec<Difference>),
    /// Alembic manages the database, and making its tables would make its own upgrade fail.
    #[error(
        "Alembic manages this database and it lacks listening_history and liked_tracks: run the backend's \
         `alembic upgrade head` first, or pass --create-library-tables and afterwards run \
         `alembic stamp 001_add_library_tables`"
    )]
    ManagedByAlembic,
    /// Undoing would lose rows.
    #[error(
        "{} would be dropped with all rows; pass --yes to lose them, or --keep-library-tables to leave them \
         to the backend",
        list(.0)
    )]
    HoldsRows(Vec<String>),
    /// Undoing would drop tables that Alembic counts as its own.
    #[error(
        "the library tables were made by `migrate up`, but Alembic has moved since (now at {}) and may count \
         them as its own: pass --keep-library-tables to leave them to the backend",
        list(.0)
    )]
    TakenOverByAlembic(Vec<String>),
    /// The role lacks a right.
    #[error(
        "the database role lacks a right: {0}; migrate as the role that owns users and tracks, and let it make \
         schema ingest or own it"
    )]
    MissingRight(String),
    /// Something else holds a lock for too long.
    #[error(
        "another session holds a lock that this migration needs ({0}); nothing was changed, try again when the \
         database is quieter"
    )]
    Locked(String),
    /// Nobody answers.
    #[error("the database is not reachable: {}", reason(.0))]
    Unavailable(#[source] sqlx::Error),
    /// The database refused a statement.
    #[error("the database refused: {}", reason(.0))]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for MigrateError {
    fn from(error: sqlx::Error) -> Self {
        let Some(refusal) = error.as_database_error() else {
            return Self::Unavailable(error);
        };
        let code = refusal.code();
        match code.as_deref().unwrap_or_default() {
            "42501" => Self::MissingRight(refusal.message().to_owned()),
            "55P03" | "40P01" => Self::Locked(refusal.message().to_owned()),
            code if is_outage(code) => Self::Unavailable(error),
            _ => Self::Database(error),
        }
    }
}

/// Classes of SQLSTATE that say nothing about the request: no connection, no resources, shutting down.
fn is_outage(code: &str) -> bool {
    code.starts_with("08") || code.starts_with("53") || matches!(code, "57P01" | "57P02" | "57P03")
}

fn list<T: Display>(items: &[T]) -> String {
    let items: Vec<_> = items.iter().map(ToString::to_string).collect();
    if items.is_empty() {
        return "nothing".to_owned();
    }
    items.join(", ")
}

fn lines(differences: &[Difference]) -> String {
    let lines: Vec<_> = differences.iter().map(|difference| format!("  {difference}")).collect();
    lines.join("\n")
}
