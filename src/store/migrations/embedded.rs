//! The migrations that are built into the program.

use serde::Serialize;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::error::MigrateError;

#[cfg(test)]
mod tests;

static MIGRATOR: Migrator = sqlx::migrate!();

/// The migration that makes or adopts the library tables: only it needs the backend's tables.
pub(super) const LIBRARY_TABLES_VERSION: i64 = 20_261_123_100_200;

/// A migration that this program knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownMigration {
    /// The number its files begin with.
    pub version: i64,
    /// Its name.
    pub description: String,
}

impl KnownMigration {
    pub(super) fn of(migration: &Migration) -> Self {
        Self {
            version: migration.version,
            description: migration.description.to_string(),
        }
    }
}

/// The scripts that go up, oldest first.
pub(super) fn ups() -> impl DoubleEndedIterator<Item = &'static Migration> {
    of_type(MigrationType::ReversibleUp)
}

/// The scripts that go down, oldest first.
pub(super) fn downs() -> impl DoubleEndedIterator<Item = &'static Migration> {
    of_type(MigrationType::ReversibleDown)
}

fn of_type(wanted: MigrationType) -> impl DoubleEndedIterator<Item = &'static Migration> {
    MIGRATOR
        .iter()
        .filter(move |migration| migration.migration_type == wanted)
}

/// The newest version this program knows.
pub(super) fn latest_version() -> i64 {
    ups().next_back().map_or(0, |migration| migration.version)
}

/// Refuses a target version that does not exist. 0 stands for "before the first".
pub(super) fn check_target(target: Option<i64>) -> Result<(), MigrateError> {
    match target {
        None | Some(0) => Ok(()),
        Some(version) if ups().any(|migration| migration.version == version) => Ok(()),
        Some(version) => Err(MigrateError::UnknownTarget {
            version,
            known: ups().map(|migration| migration.version).collect(),
        }),
    }
}
