//! Indexes of the library tables that no look-up needs.

use sqlx::PgConnection;

/// An index whose columns another one begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedundantIndex {
    /// The table with its schema.
    pub table: String,
    /// The index.
    pub name: String,
    /// The other one.
    pub served_by: String,
    /// Its size on disk.
    pub bytes: i64,
    /// Rows of the table, as far as statistics know.
    pub rows: Option<i64>,
}

/// Asks for them.
pub async fn redundant_indexes(connection: &mut PgConnection) -> sqlx::Result<Vec<RedundantIndex>> {
    sqlx::query_file_as!(RedundantIndex, "src/store/sql/check/redundant_indexes.sql")
        .fetch_all(connection)
        .await
}
