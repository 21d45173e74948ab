//! Where a database stands, and how it came there. Reads only.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use sqlx::PgConnection;

use super::applied::Applied;
use super::backend::{self, LibraryTable};
use super::embedded;
use super::error::MigrateError;
use crate::store::schema::{self, Difference};

/// How a migration stands in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MigrationState {
    /// Applied, with the text that this program has.
    Applied,
    /// Known to this program, and not applied.
    Pending,
    /// Applied with another text.
    Modified,
    /// Applied by a newer program.
    Unknown,
}

/// A migration and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryEntry {
    /// The number its files begin with.
    pub version: i64,
    /// Its name.
    pub description: String,
    /// How it stands.
    pub state: MigrationState,
    /// When it was applied.
    #[serde(serialize_with = "rfc3339")]
    pub applied_at: Option<DateTime<Utc>>,
}

/// Where a database stands.
#[derive(Debug, Serialize)]
pub struct Status {
    /// The newest version that is applied.
    pub current_version: Option<i64>,
    /// The newest version that this program knows.
    pub latest_version: i64,
    /// Versions that `migrate up` would apply.
    pub pending: Vec<i64>,
    /// Versions that were applied with another text.
    pub modified: Vec<i64>,
    /// Versions that a newer program applied.
    pub unknown: Vec<i64>,
    /// The library tables that exist.
    pub library_tables: Vec<LibraryTable>,
    /// Where the library tables and their parents differ from what they have to be.
    pub differences: Vec<Difference>,
}

/// Every migration that the program knows or the database has, newest first.
pub async fn history(conn: &mut PgConnection) -> Result<Vec<HistoryEntry>, MigrateError> {
    let applied = Applied::read(conn).await?;
    let mut entries: Vec<_> = applied
        .migrations
        .iter()
        .map(|migration| HistoryEntry {
            version: migration.version,
            description: migration.description.clone(),
            state: match (migration.is_known(), migration.is_modified()) {
                (false, _) => MigrationState::Unknown,
                (true, true) => MigrationState::Modified,
                (true, false) => MigrationState::Applied,
            },
            applied_at: Some(migration.applied_at),
        })
        .collect();
    entries.extend(
        embedded::ups()
            .filter(|known| !applied.contains(known.version))
            .map(|known| HistoryEntry {
                version: known.version,
                description: known.description.to_string(),
                state: MigrationState::Pending,
                applied_at: None,
            }),
    );
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.version));
    Ok(entries)
}

/// Where the database stands.
pub async fn status(conn: &mut PgConnection) -> Result<Status, MigrateError> {
    let applied = Applied::read(conn).await?;
    let mut differences = schema::compare_parent_tables(conn).await?;
    differences.extend(schema::compare_library_tables(conn).await?);
    Ok(Status {
        current_version: applied.migrations.last().map(|newest| newest.version),
        latest_version: embedded::latest_version(),
        pending: applied.pending(),
        modified: applied.modified(),
        unknown: applied.unknown(),
        library_tables: backend::library_tables(conn, &applied).await?,
        differences,
    })
}

#[expect(clippy::ref_option, reason = "the signature that serde calls")]
fn rfc3339<S: Serializer>(time: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
        .serialize(serializer)
}
