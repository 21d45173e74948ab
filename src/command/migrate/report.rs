//! The results of `migrate` in words, or as JSON.

use std::io::{self, Write};

use chrono::SecondsFormat;
use serde::Serialize;

use crate::command::format::Format;
use crate::store::migrations::{
    DownOutcome, HistoryEntry, KnownMigration, LibraryTables, Maker, MigrationState, Status, UpOutcome,
};
use crate::store::schema::Difference;

pub(super) fn up(out: &mut impl Write, outcome: &UpOutcome, format: Format) -> io::Result<()> {
    if format == Format::Json {
        return json(out, outcome);
    }
    if outcome.applied.is_empty() {
        writeln!(out, "nothing to apply")?;
    }
    versions(out, "applied", &outcome.applied)?;
    match outcome.library_tables {
        LibraryTables::Made => {
            writeln!(out, "made public.listening_history and public.liked_tracks")?;
        }
        LibraryTables::MadeBesideAlembic => writeln!(
            out,
            "made public.listening_history and public.liked_tracks; now run `alembic stamp \
             001_add_library_tables`, or the backend's next upgrade fails on them"
        )?,
        LibraryTables::Adopted => writeln!(
            out,
            "adopted public.listening_history and public.liked_tracks: they match and were not touched"
        )?,
        LibraryTables::Unchanged | LibraryTables::NotReached => {}
    }
    differences(out, &outcome.warnings)
}

pub(super) fn down(out: &mut impl Write, outcome: &DownOutcome, format: Format) -> io::Result<()> {
    if format == Format::Json {
        return json(out, outcome);
    }
    if outcome.undone.is_empty() {
        writeln!(out, "nothing to undo")?;
    }
    versions(out, "undone", &outcome.undone)?;
    for table in &outcome.dropped {
        writeln!(out, "dropped {table}, which `migrate up` had made")?;
    }
    for table in &outcome.kept {
        writeln!(out, "left {table} to the backend, untouched")?;
    }
    Ok(())
}

pub(super) fn status(out: &mut impl Write, status: &Status, format: Format) -> io::Result<()> {
    if format == Format::Json {
        return json(out, status);
    }
    let current = status
        .current_version
        .map_or_else(|| "none".to_owned(), |version| version.to_string());
    writeln!(out, "current version  {current}")?;
    writeln!(out, "latest version   {}", status.latest_version)?;
    for (title, versions) in [
        ("pending", &status.pending),
        ("modified", &status.modified),
        ("unknown", &status.unknown),
    ] {
        for version in versions {
            writeln!(out, "{title:<15}  {version}")?;
        }
    }
    for table in &status.library_tables {
        let maker = match table.made_by {
            Maker::Worker => "made by migrate up",
            Maker::Backend => "the backend's",
        };
        writeln!(out, "library table    {} ({maker})", table.name)?;
    }
    differences(out, &status.differences)
}

pub(super) fn history(out: &mut impl Write, history: &[HistoryEntry], format: Format) -> io::Result<()> {
    if format == Format::Json {
        return json(out, &history);
    }
    writeln!(out, "{:<14}  {:<8}  {:<20}  DESCRIPTION", "VERSION", "STATE", "APPLIED")?;
    for entry in history {
        let state = match entry.state {
            MigrationState::Applied => "applied",
            MigrationState::Pending => "pending",
            MigrationState::Modified => "modified",
            MigrationState::Unknown => "unknown",
        };
        let applied = entry.applied_at.map_or_else(
            || "-".to_owned(),
            |time| time.to_rfc3339_opts(SecondsFormat::Secs, true),
        );
        let (version, description) = (entry.version, &entry.description);
        writeln!(out, "{version:<14}  {state:<8}  {applied:<20}  {description}")?;
    }
    Ok(())
}

fn versions(out: &mut impl Write, verb: &str, migrations: &[KnownMigration]) -> io::Result<()> {
    for migration in migrations {
        writeln!(out, "{verb} {}  {}", migration.version, migration.description)?;
    }
    Ok(())
}

fn differences(out: &mut impl Write, differences: &[Difference]) -> io::Result<()> {
    for difference in differences {
        if difference.is_missing_table() {
            writeln!(out, "missing          {}", difference.table)?;
            continue;
        }
        let weight = if difference.refuses() { "difference" } else { "warning" };
        writeln!(out, "{weight:<15}  {difference}")?;
    }
    Ok(())
}

fn json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}
