//! Down: removes what up made, and nothing else.

use serde::Serialize;
use sqlx::{Executor, PgConnection};

use super::applied::Applied;
use super::backend::{self, MadeObjects};
use super::embedded::{self, KnownMigration, LIBRARY_TABLES_VERSION};
use super::error::MigrateError;
use super::plan::{self, Plan};
use crate::store::schema;

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct DownRequest {
    /// The version that stays as the newest; none or 0: none stays.
    pub to: Option<i64>,
    /// Drop library tables that up made even with rows in them.
    pub drop_rows: bool,
    /// Leave library tables that up made to the backend.
    pub keep_library_tables: bool,
}

/// What was done.
#[derive(Debug, Serialize)]
pub struct DownOutcome {
    /// Migrations that were undone, newest first.
    pub undone: Vec<KnownMigration>,
    /// Library tables that were dropped.
    pub dropped: Vec<String>,
    /// Library tables that exist and were left alone, though their migration was undone.
    pub kept: Vec<String>,
}

/// Undoes migrations.
pub async fn down(conn: &mut PgConnection, request: DownRequest) -> Result<DownOutcome, MigrateError> {
    embedded::check_target(request.to)?;
    let mut transaction = plan::begin(conn).await?;
    let (plan, outcome) = plan_down(&mut transaction, request, Locking::BeforeLooking).await?;
    plan.execute(&mut transaction).await?;
    transaction.commit().await?;
    Ok(outcome)
}

/// The SQL that [`down`] would execute. Reads, and writes nothing.
pub async fn down_script(conn: &mut PgConnection, request: DownRequest) -> Result<String, MigrateError> {
    embedded::check_target(request.to)?;
    let mut transaction = plan::begin_read_only(conn).await?;
    let (plan, _) = plan_down(&mut transaction, request, Locking::OnlyShown).await?;
    transaction.rollback().await?;
    Ok(plan.script())
}

/// Whether the tables are locked before their rows are looked for. If they were locked only afterwards, rows
/// that come in between would be lost without a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Locking {
    BeforeLooking,
    OnlyShown,
}

async fn plan_down(
    conn: &mut PgConnection,
    request: DownRequest,
    locking: Locking,
) -> Result<(Plan, DownOutcome), MigrateError> {
    let applied = Applied::read(conn).await?;
    let target = request.to.unwrap_or(0);
    let unknown: Vec<_> = applied.unknown();
    if unknown.iter().any(|version| *version > target) {
        return Err(MigrateError::Newer(unknown));
    }
    let undone: Vec<_> = embedded::downs()
        .rev()
        .filter(|known| known.version > target && applied.contains(known.version))
        .collect();
    let made = MadeObjects::read(conn, &applied).await?;

    let mut plan = Plan::default();
    let (mut dropped, mut kept) = (Vec::new(), Vec::new());
    if undone
        .iter()
        .any(|migration| migration.version == LIBRARY_TABLES_VERSION)
    {
        (dropped, kept) = sort_library_tables(conn, &made, request).await?;
        plan_drop(conn, &dropped, &mut plan, request, locking).await?;
    }
    for migration in &undone {
        plan.revert(migration);
    }
    if !undone.is_empty() && undone.len() == applied.migrations.len() {
        plan.push("drop table ingest._sqlx_migrations");
        if made.has_schema() {
            plan.push("drop schema ingest");
        }
    }
    let outcome = DownOutcome {
        undone: undone.into_iter().map(KnownMigration::of).collect(),
        dropped: qualified(&dropped),
        kept: qualified(&kept),
    };
    Ok((plan, outcome))
}

/// Sorts the library tables that exist into those that are dropped and those that are kept.
async fn sort_library_tables(
    conn: &mut PgConnection,
    made: &MadeObjects,
    request: DownRequest,
) -> Result<(Vec<&'static str>, Vec<&'static str>), MigrateError> {
    let (dropped, kept): (Vec<_>, Vec<_>) = schema::existing_library_tables(conn)
        .await?
        .into_iter()
        .partition(|name| made.has_table(name) && !request.keep_library_tables);
    if !dropped.is_empty() {
        let revisions = backend::alembic_revisions(conn).await?.unwrap_or_default();
        if made.taken_over_by(&revisions) {
            return Err(MigrateError::TakenOverByAlembic(revisions));
        }
    }
    Ok((dropped, kept))
}

/// Plans what has to happen around the script that drops the tables that were made.
async fn plan_drop(
    conn: &mut PgConnection,
    dropped: &[&'static str],
    plan: &mut Plan,
    request: DownRequest,
    locking: Locking,
) -> Result<(), MigrateError> {
    if request.keep_library_tables {
        plan.push("delete from ingest.made_objects where object like 'table %'");
        return Ok(());
    }
    if dropped.is_empty() {
        return Ok(());
    }
    // parents first, the order of every writer: dropping a foreign key locks the table it points to as well
    for name in schema::lock_order(conn, dropped).await? {
        let statement = format!("lock table public.{name} in access exclusive mode");
        if locking == Locking::BeforeLooking {
            // safe: names from the program's own list
            conn.execute(statement.as_str()).await?;
        }
        plan.push(statement);
    }
    let mut holding = Vec::new();
    for name in dropped {
        let look = format!("select exists (select from public.{name})");
        if sqlx::query_scalar(&look).fetch_one(&mut *conn).await? {
            holding.push(*name);
        }
    }
    if holding.is_empty() || request.drop_rows {
        Ok(())
    } else {
        Err(MigrateError::HoldsRows(qualified(&holding)))
    }
}

fn qualified(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("public.{name}")).collect()
}
