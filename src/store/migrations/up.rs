//! Up: makes what is missing, adopts the library tables where they are right, refuses where they are not.

use serde::Serialize;
use sqlx::PgConnection;

use super::applied::Applied;
use super::backend;
use super::embedded::{self, KnownMigration, LIBRARY_TABLES_VERSION};
use super::error::MigrateError;
use super::plan::{self, Plan};
use crate::store::schema::{self, Difference};

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct UpRequest {
    /// The last version to apply; none: the newest.
    pub to: Option<i64>,
    /// Make the library tables even where Alembic manages the database.
    pub create_library_tables: bool,
}

/// What happens to the library tables on the way up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LibraryTables {
    /// They were missing and are made.
    Made,
    /// As `Made`, in a database that Alembic manages: it has to be told.
    MadeBesideAlembic,
    /// They exist and match, and are not touched.
    Adopted,
    /// They were made or adopted by an earlier call, and match.
    Unchanged,
    /// The target lies before them.
    NotReached,
}

/// What was done.
#[derive(Debug, Serialize)]
pub struct UpOutcome {
    /// Migrations that were applied, oldest first.
    pub applied: Vec<KnownMigration>,
    /// What became of the library tables.
    pub library_tables: LibraryTables,
    /// What makes the adopted tables slower than they have to be.
    pub warnings: Vec<Difference>,
}

/// Applies the missing migrations.
pub async fn up(conn: &mut PgConnection, request: UpRequest) -> Result<UpOutcome, MigrateError> {
    embedded::check_target(request.to)?;
    let mut transaction = plan::begin(conn).await?;
    let (plan, outcome) = plan_up(&mut transaction, request).await?;
    plan.execute(&mut transaction).await?;
    transaction.commit().await?;
    Ok(outcome)
}

/// The SQL that [`up`] would execute. Reads, and writes nothing.
pub async fn up_script(conn: &mut PgConnection, request: UpRequest) -> Result<String, MigrateError> {
    embedded::check_target(request.to)?;
    let mut transaction = plan::begin_read_only(conn).await?;
    let (plan, _) = plan_up(&mut transaction, request).await?;
    transaction.rollback().await?;
    Ok(plan.script())
}

async fn plan_up(conn: &mut PgConnection, request: UpRequest) -> Result<(Plan, UpOutcome), MigrateError> {
    let applied = Applied::read(conn).await?;
    refuse_unknown(&applied)?;
    let target = request.to.unwrap_or_else(embedded::latest_version);
    let (library_tables, warnings) = judge_library_tables(conn, &applied, target, request).await?;

    let mut plan = Plan::default();
    let missing: Vec<_> = embedded::ups()
        .filter(|known| known.version <= target && !applied.contains(known.version))
        .collect();
    if !missing.is_empty() {
        if !applied.schema_exists {
            plan.push("create schema ingest");
        }
        if !applied.list_exists {
            plan.push(include_str!("../sql/migrations/create_list.sql"));
        }
    }
    for migration in &missing {
        plan.apply(migration);
    }
    let outcome = UpOutcome {
        applied: missing.into_iter().map(KnownMigration::of).collect(),
        library_tables,
        warnings,
    };
    Ok((plan, outcome))
}

fn refuse_unknown(applied: &Applied) -> Result<(), MigrateError> {
    let unknown = applied.unknown();
    if !unknown.is_empty() {
        return Err(MigrateError::Newer(unknown));
    }
    let modified = applied.modified();
    if !modified.is_empty() {
        return Err(MigrateError::Modified(modified));
    }
    Ok(())
}

async fn judge_library_tables(
    conn: &mut PgConnection,
    applied: &Applied,
    target: i64,
    request: UpRequest,
) -> Result<(LibraryTables, Vec<Difference>), MigrateError> {
    let is_applied = applied.contains(LIBRARY_TABLES_VERSION);
    if target < LIBRARY_TABLES_VERSION && !is_applied {
        return Ok((LibraryTables::NotReached, Vec::new()));
    }
    let parents = schema::compare_parent_tables(conn).await?;
    if !parents.is_empty() {
        return Err(MigrateError::ParentTables(parents));
    }
    if !is_applied && schema::existing_library_tables(conn).await?.is_empty() {
        return match backend::alembic_revisions(conn).await? {
            None => Ok((LibraryTables::Made, Vec::new())),
            Some(_) if request.create_library_tables => Ok((LibraryTables::MadeBesideAlembic, Vec::new())),
            Some(_) => Err(MigrateError::ManagedByAlembic),
        };
    }
    let (refusals, warnings): (Vec<_>, Vec<_>) = schema::compare_library_tables(conn)
        .await?
        .into_iter()
        .partition(Difference::refuses);
    if !refusals.is_empty() {
        return Err(MigrateError::LibraryTables(refusals));
    }
    let standing = if is_applied {
        LibraryTables::Unchanged
    } else {
        LibraryTables::Adopted
    };
    Ok((standing, warnings))
}
