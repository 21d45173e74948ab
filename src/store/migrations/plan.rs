//! A plan: the statements that take a database from one version to another. The same plan is executed or shown.

use std::fmt::Write as _;

use sqlx::migrate::Migration;
use sqlx::{Connection, Executor, PgConnection, Postgres, Transaction};

/// Read committed, so that what is read after the lock was waited for is what the one before left behind.
const BEGIN: &str = "begin isolation level read committed";
const LOCK: &str = include_str!("../sql/migrations/lock.sql");
const SETTINGS: &str = include_str!("../sql/migrations/settings.sql");

/// Statements in order, all for one transaction.
#[derive(Debug, Default)]
pub struct Plan {
    statements: Vec<String>,
}

impl Plan {
    pub(super) fn push(&mut self, statement: impl Into<String>) {
        self.statements.push(statement.into());
    }

    /// Adds the script of a migration that goes up, and its line in the list.
    pub(super) fn apply(&mut self, migration: &Migration) {
        self.push(titled(migration));
        let mut checksum = String::new();
        for byte in migration.checksum.iter() {
            // writing to a string cannot fail
            let _ = write!(checksum, "{byte:02x}");
        }
        self.push(format!(
            "insert into ingest._sqlx_migrations (version, description, success, checksum, execution_time)\n\
             values ({}, '{}', true, '\\x{checksum}', -1)",
            migration.version, migration.description,
        ));
    }

    /// Adds the script of a migration that goes down, and takes its line off the list.
    pub(super) fn revert(&mut self, migration: &Migration) {
        self.push(titled(migration));
        self.push(format!(
            "delete from ingest._sqlx_migrations where version = {}",
            migration.version
        ));
    }

    pub(super) async fn execute(&self, conn: &mut PgConnection) -> Result<(), sqlx::Error> {
        for statement in &self.statements {
            // safe: texts built into the program, with nothing put in but versions, names and checksums of
            // migrations that are built in too
            conn.execute(statement.as_str()).await?;
        }
        Ok(())
    }

    /// The whole transaction as text, for `psql`.
    pub(super) fn script(&self) -> String {
        if self.statements.is_empty() {
            return "-- nothing to do\n".to_owned();
        }
        let mut script = String::new();
        for statement in [BEGIN, LOCK, SETTINGS]
            .into_iter()
            .chain(self.statements.iter().map(String::as_str))
            .chain(["commit"])
        {
            let statement = statement.trim_end();
            let end = if statement.ends_with(';') { "" } else { ";" };
            let _ = writeln!(script, "{statement}{end}\n");
        }
        script
    }
}

/// Begins a transaction in which this is the only migration.
pub(super) async fn begin(conn: &mut PgConnection) -> Result<Transaction<'_, Postgres>, sqlx::Error> {
    let mut transaction = conn.begin_with(BEGIN).await?;
    transaction.execute(LOCK).await?;
    transaction.execute(SETTINGS).await?;
    Ok(transaction)
}

/// Begins a transaction that cannot change anything, for plans that are only shown.
pub(super) async fn begin_read_only(conn: &mut PgConnection) -> Result<Transaction<'_, Postgres>, sqlx::Error> {
    conn.begin_with("begin isolation level repeatable read read only").await
}

fn titled(migration: &Migration) -> String {
    let label = migration.migration_type.label();
    let (version, description) = (migration.version, &migration.description);
    format!("-- {label} {version}: {description}\n{}", migration.sql)
}
