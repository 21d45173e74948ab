//! Reads from PostgreSQL's catalogs what a table of schema `public` is. Knows nothing of what it should be.

use sqlx::{FromRow, PgConnection};

/// What stands under a table's name. `kind` is none where nothing does, and then the rest is empty.
#[derive(Debug, Default)]
pub(super) struct FoundTable {
    pub(super) kind: Option<String>,
    pub(super) columns: Vec<FoundColumn>,
    pub(super) indexes: Vec<FoundIndex>,
    pub(super) constraints: Vec<FoundConstraint>,
}

#[derive(Debug, Clone, FromRow)]
pub(super) struct FoundColumn {
    pub(super) name: String,
    pub(super) type_name: String,
    pub(super) not_null: bool,
    pub(super) has_default: bool,
    /// A value cannot be given: a generated column or `generated always as identity`.
    pub(super) generated: bool,
}

#[derive(Debug, Clone, FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "one field per property of the catalog row")]
pub(super) struct FoundIndex {
    pub(super) name: String,
    /// Key columns in order, none where the key is an expression.
    pub(super) columns: Vec<Option<String>>,
    pub(super) is_primary: bool,
    pub(super) is_unique: bool,
    pub(super) is_exclusion: bool,
    /// False for a deferrable constraint, which `on conflict` cannot use.
    pub(super) is_immediate: bool,
    pub(super) is_valid: bool,
    pub(super) is_partial: bool,
    pub(super) is_btree: bool,
}

/// A foreign key or a check.
#[derive(Debug, Clone, FromRow)]
pub(super) struct FoundConstraint {
    pub(super) name: String,
    pub(super) is_foreign_key: bool,
    pub(super) columns: Vec<String>,
    pub(super) target: String,
    pub(super) target_columns: Vec<String>,
    pub(super) deletes_cascade: bool,
    /// Checked at the end of the transaction instead of with the statement.
    pub(super) is_deferred: bool,
    pub(super) definition: String,
}

pub(super) async fn read_table(conn: &mut PgConnection, name: &str) -> Result<FoundTable, sqlx::Error> {
    let kind = read_kind(conn, name).await?;
    if kind.is_none() {
        return Ok(FoundTable::default());
    }
    let columns = sqlx::query_as(include_str!("../sql/schema/columns.sql"))
        .bind(name)
        .fetch_all(&mut *conn)
        .await?;
    let indexes = sqlx::query_as(include_str!("../sql/schema/indexes.sql"))
        .bind(name)
        .fetch_all(&mut *conn)
        .await?;
    let constraints = sqlx::query_as(include_str!("../sql/schema/constraints.sql"))
        .bind(name)
        .fetch_all(&mut *conn)
        .await?;
    Ok(FoundTable {
        kind,
        columns,
        indexes,
        constraints,
    })
}

pub(super) async fn exists(conn: &mut PgConnection, name: &str) -> Result<bool, sqlx::Error> {
    Ok(read_kind(conn, name).await?.is_some())
}

async fn read_kind(conn: &mut PgConnection, name: &str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(include_str!("../sql/schema/kind.sql"))
        .bind(name)
        .fetch_optional(conn)
        .await
}
