//! The library tables' standing: who made them, and whether Alembic counts them as its own by now.

use serde::Serialize;
use sqlx::PgConnection;

use super::applied::Applied;
use super::embedded::LIBRARY_TABLES_VERSION;
use crate::store::schema;

/// Who made a library table, as far as the worker knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Maker {
    /// `migrate up`; only such a table is ever dropped.
    Worker,
    /// Anyone else; the table was adopted, or nothing was migrated yet.
    Backend,
}

/// A library table that exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LibraryTable {
    /// Its name with the schema.
    pub name: String,
    /// Who made it.
    pub made_by: Maker,
}

/// What the migrations made outside the worker's own tables.
#[derive(Debug, Default)]
pub(super) struct MadeObjects {
    objects: Vec<(String, Vec<String>)>,
}

impl MadeObjects {
    /// Reads the record of it, which begins with the first migration.
    pub(super) async fn read(conn: &mut PgConnection, applied: &Applied) -> Result<Self, sqlx::Error> {
        if applied.migrations.is_empty() {
            return Ok(Self::default());
        }
        let objects = sqlx::query_as(include_str!("../sql/migrations/made_objects.sql"))
            .fetch_all(conn)
            .await?;
        Ok(Self { objects })
    }

    pub(super) fn has_schema(&self) -> bool {
        self.objects.iter().any(|(object, _)| object == "schema ingest")
    }

    pub(super) fn has_table(&self, name: &str) -> bool {
        let wanted = format!("table public.{name}");
        self.objects.iter().any(|(object, _)| *object == wanted)
    }

    /// Whether Alembic's revisions have changed since a table was made. It may have been stamped with the
    /// revision of these tables, or with one that builds on it, and then they are its own.
    pub(super) fn taken_over_by(&self, revisions: &[String]) -> bool {
        self.objects
            .iter()
            .filter(|(object, _)| object.starts_with("table "))
            .any(|(_, at_that_time)| at_that_time != revisions)
    }
}

/// Alembic's current revisions; none where the database has no `alembic_version`.
pub(super) async fn alembic_revisions(conn: &mut PgConnection) -> Result<Option<Vec<String>>, sqlx::Error> {
    let exists: bool = sqlx::query_scalar(include_str!("../sql/migrations/alembic_exists.sql"))
        .fetch_one(&mut *conn)
        .await?;
    if !exists {
        return Ok(None);
    }
    sqlx::query_scalar(include_str!("../sql/migrations/alembic_revisions.sql"))
        .fetch_one(conn)
        .await
        .map(Some)
}

/// The library tables that exist, each with its maker.
pub(super) async fn library_tables(
    conn: &mut PgConnection,
    applied: &Applied,
) -> Result<Vec<LibraryTable>, sqlx::Error> {
    let made = if applied.contains(LIBRARY_TABLES_VERSION) {
        MadeObjects::read(&mut *conn, applied).await?
    } else {
        MadeObjects::default()
    };
    let names = schema::existing_library_tables(conn).await?;
    Ok(names
        .into_iter()
        .map(|name| LibraryTable {
            name: format!("public.{name}"),
            made_by: if made.has_table(name) {
                Maker::Worker
            } else {
                Maker::Backend
            },
        })
        .collect())
}
