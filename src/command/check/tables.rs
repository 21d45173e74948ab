//! Schema and tables.

use super::finding::{Check, Finding};
use crate::config::{Config, ParentCheck};
use crate::store::error::reason;
use crate::store::migrations::{SchemaVersionError, verify_schema_version};
use crate::store::schema::{Difference, compare_library_tables, compare_parent_tables};
use crate::store::{PgConnection, StoreError, check};

/// What `scripts/bench-indexes` measured on two busy cores: 2.7 us and 87 bytes of WAL a play, 2.9 us and 97 bytes a like.
const INDEX_COST: &str = "each takes about 3 us and 90 bytes of WAL of every new row; the backend may drop them";

type Found = Result<Vec<Finding>, StoreError>;

/// Whether the migrations are those of this program.
pub(super) async fn schema(connection: &mut PgConnection) -> Finding {
    let newest = |versions: &[i64]| versions.iter().max().copied().unwrap_or_default();
    let (found, advice) = match verify_schema_version(connection).await {
        Ok(()) => return Finding::ok(Check::Schema, "every migration of this program, and no others"),
        Err(SchemaVersionError::Older(missing)) => (
            format!("{} of this program's migrations are missing", missing.len()),
            "run `audiohm-ingest migrate up`",
        ),
        Err(SchemaVersionError::Newer(unknown)) => (
            format!("a newer program migrated the database, to version {}", newest(&unknown)),
            "run that program, or undo its migrations with it",
        ),
        Err(SchemaVersionError::Modified(modified)) => (
            format!(
                "the migrations that were applied have other texts, as {}",
                newest(&modified)
            ),
            "run the program that applied them",
        ),
        Err(SchemaVersionError::Unreadable(error)) => (
            format!("the list of migrations cannot be read: {}", reason(&error)),
            "grant this role the rights below, or look at the log of the database",
        ),
    };
    Finding::fail(Check::Schema, found, advice)
}

/// `users` and `tracks`.
pub(super) async fn parents(connection: &mut PgConnection) -> Found {
    let differences = compare_parent_tables(connection).await?;
    let right = "public.users and public.tracks have the primary key id uuid";
    Ok(judge(
        Check::ParentTables,
        &differences,
        right,
        "run the backend's migrations",
    ))
}

/// The two library tables: columns, keys, constraints and the indexes that reads need.
pub(super) async fn library(connection: &mut PgConnection) -> Found {
    let differences = compare_library_tables(connection).await?;
    let right = "listening_history and liked_tracks are as the backend's revision 001_add_library_tables makes them";
    let advice = "mend the table as in the backend's revision 001_add_library_tables; \
                  if it is missing, `alembic upgrade head` or `audiohm-ingest migrate up` makes it";
    Ok(judge(Check::LibraryTables, &differences, right, advice))
}

fn judge(check: Check, differences: &[Difference], right: &str, advice: &str) -> Vec<Finding> {
    if differences.is_empty() {
        return vec![Finding::ok(check, right)];
    }
    let finding = |difference: &Difference| {
        if difference.refuses() {
            Finding::fail(check, difference.to_string(), advice)
        } else {
            Finding::warn(
                check,
                difference.to_string(),
                "make the index, or reads of the table are slow",
            )
        }
    };
    differences.iter().map(finding).collect()
}

/// Whether PostgreSQL acts on the foreign keys. That one is missing is seen with the library tables.
pub(super) async fn foreign_keys(connection: &mut PgConnection) -> Found {
    let keys = check::foreign_keys(connection).await?;
    if keys.is_empty() {
        return Ok(vec![Finding::skip(Check::ForeignKeys, "the library tables have none")]);
    }
    let mut findings = Vec::new();
    for key in &keys {
        let (table, name) = (&key.table, &key.name);
        if !key.is_enforced {
            findings.push(Finding::fail(
                Check::ForeignKeys,
                format!("{name} is switched off, so rows of users or tracks that do not exist may stay"),
                format!("alter table {table}, and the table that {name} refers to, enable trigger all"),
            ));
        } else if !key.is_validated {
            findings.push(Finding::warn(
                Check::ForeignKeys,
                format!("{name} was made without a look at the rows that were there"),
                format!("alter table {table} validate constraint {name}"),
            ));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok(
            Check::ForeignKeys,
            format!("{} on the library tables, all in force", keys.len()),
        ));
    }
    Ok(findings)
}

/// Triggers that somebody put on the library tables.
pub(super) async fn triggers(connection: &mut PgConnection) -> Found {
    let triggers = check::triggers(connection).await?;
    if triggers.is_empty() {
        return Ok(vec![Finding::ok(Check::Triggers, "none on the library tables")]);
    }
    let finding = |trigger: &check::Trigger| {
        let check::Trigger { table, name, function } = trigger;
        Finding::warn(
            Check::Triggers,
            format!("{name} on {table} calls {function} for what the worker writes"),
            "make sure that it neither refuses nor changes rows, and is quick",
        )
    };
    Ok(triggers.iter().map(finding).collect())
}

/// What stands in the way of leaving out the foreign keys, where that is set.
pub(super) async fn parent_check(connection: &mut PgConnection, config: &Config) -> Found {
    if config.writer.parent_check == ParentCheck::Database {
        return Ok(vec![Finding::ok(
            Check::ParentChecking,
            "database: the foreign keys decide",
        )]);
    }
    let obstacles = check::obstacles_to_batched(connection).await?;
    if obstacles.is_empty() {
        return Ok(vec![Finding::ok(
            Check::ParentChecking,
            "batched: nothing is in its way",
        )]);
    }
    let finding = |obstacle: &check::Obstacle| {
        let found = format!("batched is not possible: {obstacle}");
        Finding::fail(Check::ParentChecking, found, "or set writer.parent_check to database")
    };
    Ok(obstacles.iter().map(finding).collect())
}

/// Policies that may hide rows from this role.
pub(super) async fn row_security(connection: &mut PgConnection) -> Found {
    let hidden = check::hidden_tables(connection).await?;
    if hidden.is_empty() {
        return Ok(vec![Finding::ok(Check::RowSecurity, "none for this role")]);
    }
    let finding = |table: &String| {
        // COPY is refused there, whatever the policies say
        if table == "public.listening_history" {
            let found = format!("policies on {table} hold for this role: PostgreSQL refuses to COPY into it");
            return Finding::fail(Check::RowSecurity, found, "give the role bypassrls");
        }
        Finding::warn(
            Check::RowSecurity,
            format!("policies on {table} hold for this role: a row that they hide counts as missing"),
            format!("give the role bypassrls, or a policy that lets it see and write every row of {table}"),
        )
    };
    Ok(hidden.iter().map(finding).collect())
}

/// Indexes that no look-up needs.
pub(super) async fn indexes(connection: &mut PgConnection) -> Found {
    let redundant = check::redundant_indexes(connection).await?;
    if redundant.is_empty() {
        return Ok(vec![Finding::ok(Check::Indexes, "none that another one stands in for")]);
    }
    let pair = |index: &check::RedundantIndex| format!("{} ({})", index.name, index.served_by);
    let pairs: Vec<_> = redundant.iter().map(pair).collect();
    let mib = redundant.iter().map(|index| index.bytes).sum::<i64>() / 1_048_576;
    let per_row: i64 = redundant.iter().filter_map(|it| Some(it.bytes / it.rows?)).sum();
    Ok(vec![Finding::note(
        Check::Indexes,
        format!(
            "{} that another one stands in for: {}; {mib} MiB in all, {per_row} bytes for a row of each table",
            pairs.len(),
            pairs.join(", ")
        ),
        INDEX_COST,
    )])
}
