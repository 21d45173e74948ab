//! What PostgreSQL does with the rows of the library tables besides storing them.

use sqlx::PgConnection;

/// A trigger that somebody put on a library table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The table with its schema.
    pub table: String,
    /// The trigger's name.
    pub name: String,
    /// The function that it calls.
    pub function: String,
}

/// A foreign key of a library table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKey {
    /// The table with its schema.
    pub table: String,
    /// The key's name.
    pub name: String,
    /// Rows that were there before it were checked, too.
    pub is_validated: bool,
    /// PostgreSQL acts on it: its triggers are not switched off.
    pub is_enforced: bool,
}

/// Triggers on the library tables that are no foreign key's and not switched off.
pub async fn triggers(connection: &mut PgConnection) -> sqlx::Result<Vec<Trigger>> {
    sqlx::query_file_as!(Trigger, "src/store/sql/check/triggers.sql")
        .fetch_all(connection)
        .await
}

/// The foreign keys of the library tables, whatever they refer to.
pub async fn foreign_keys(connection: &mut PgConnection) -> sqlx::Result<Vec<ForeignKey>> {
    sqlx::query_file_as!(ForeignKey, "src/store/sql/check/foreign_keys.sql")
        .fetch_all(connection)
        .await
}

/// Tables of which row security may hide rows from this role.
pub async fn hidden_tables(connection: &mut PgConnection) -> sqlx::Result<Vec<String>> {
    sqlx::query_file_scalar!("src/store/sql/check/row_security.sql")
        .fetch_all(connection)
        .await
}
