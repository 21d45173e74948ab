//! What the database says was applied to it: the list that sqlx keeps, here in schema `ingest`.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection};

use super::embedded;

/// A migration that was applied.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct AppliedMigration {
    /// The number its files begin with.
    pub version: i64,
    /// Its name, as the program that applied it knew it.
    pub description: String,
    /// When it was applied.
    #[sqlx(rename = "installed_on")]
    pub applied_at: DateTime<Utc>,
    checksum: Vec<u8>,
}

impl AppliedMigration {
    /// Whether this program has a migration of that version.
    pub(super) fn is_known(&self) -> bool {
        embedded::ups().any(|known| known.version == self.version)
    }

    /// Whether this program has it with another text.
    pub(super) fn is_modified(&self) -> bool {
        embedded::ups().any(|known| known.version == self.version && *known.checksum != *self.checksum)
    }
}

/// What is there to hold the list, and the list itself, oldest version first.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) schema_exists: bool,
    pub(super) list_exists: bool,
    pub(super) migrations: Vec<AppliedMigration>,
}

impl Applied {
    /// Reads the list; a database that was never migrated has an empty one.
    pub(super) async fn read(conn: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let (schema_exists, list_exists) = sqlx::query_as(include_str!("../sql/migrations/has_list.sql"))
            .fetch_one(&mut *conn)
            .await?;
        let migrations = if list_exists {
            sqlx::query_as(include_str!("../sql/migrations/list.sql"))
                .fetch_all(conn)
                .await?
        } else {
            Vec::new()
        };
        Ok(Self {
            schema_exists,
            list_exists,
            migrations,
        })
    }

    pub(super) fn contains(&self, version: i64) -> bool {
        self.migrations.iter().any(|applied| applied.version == version)
    }

    /// Versions that this program does not know: a newer one applied them.
    pub(super) fn unknown(&self) -> Vec<i64> {
        self.migrations
            .iter()
            .filter(|applied| !applied.is_known())
            .map(|applied| applied.version)
            .collect()
    }

    /// Versions whose text has changed since.
    pub(super) fn modified(&self) -> Vec<i64> {
        self.migrations
            .iter()
            .filter(|applied| applied.is_modified())
            .map(|applied| applied.version)
            .collect()
    }

    /// Versions that this program knows and the database lacks.
    pub(super) fn pending(&self) -> Vec<i64> {
        embedded::ups()
            .map(|known| known.version)
            .filter(|version| !self.contains(*version))
            .collect()
    }
}
