//! `migrate`: takes the database's schema up and down, and tells where it stands.
//!
//! Enters: the arguments and where the database is. Leaves: results on the writer it is given, nothing else.
//! What is decided, and why, is the store's: here it is only asked for and put into words.

mod report;

use std::io::{self, Write};

use clap::{Args, Subcommand};

use super::exit::Exit;
use super::format::Format;
use crate::store::migrations::{self, DownRequest, MigrateError, UpRequest};
use crate::store::{PgConnectOptions, PgConnection};

/// Bring the database's schema up to date, or undo that
#[derive(Debug, Clone, Args)]
pub struct MigrateArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Clone, Subcommand)]
enum Action {
    /// Apply missing migrations; adopt the backend's tables where they exist and match
    Up {
        /// Last version to apply [default: the newest]
        #[arg(long, value_name = "VERSION")]
        to: Option<i64>,
        /// Print the SQL that would be executed, and execute nothing
        #[arg(long)]
        sql: bool,
        /// Make the two library tables even where Alembic manages the database
        #[arg(long)]
        create_library_tables: bool,
        /// How the result is printed
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Undo migrations; only what `up` made is removed
    Down {
        /// Version that stays as the newest; 0 for none [default: 0]
        #[arg(long, value_name = "VERSION")]
        to: Option<i64>,
        /// Print the SQL that would be executed, and execute nothing
        #[arg(long)]
        sql: bool,
        /// Drop library tables that `up` made even when they hold rows
        #[arg(long)]
        yes: bool,
        /// Leave library tables that `up` made to the backend
        #[arg(long)]
        keep_library_tables: bool,
        /// How the result is printed
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Show where the database stands
    Status {
        /// How the result is printed
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// List every migration, newest first, and when it was applied
    History {
        /// How the result is printed
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateFailure {
    /// The migration did not happen.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The result could not be printed; what was asked for is done.
    #[error("the result could not be printed: {0}")]
    Print(#[from] io::Error),
}

impl MigrateFailure {
    /// The exit code: 69 when nobody answers, 1 otherwise.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Migrate(MigrateError::Unavailable(_)) => Exit::Unavailable,
            Self::Migrate(_) | Self::Print(_) => Exit::Failed,
        }
    }
}

/// Does what the arguments say, on a connection of its own, and prints the result to `out`.
pub async fn run(
    args: &MigrateArgs,
    database: &PgConnectOptions,
    out: &mut (impl Write + Send),
) -> Result<(), MigrateFailure> {
    let mut conn = migrations::connect(database).await?;
    match args.action {
        Action::Up {
            to,
            sql,
            create_library_tables,
            format,
        } => {
            let request = UpRequest {
                to,
                create_library_tables,
            };
            up(&mut conn, request, sql, format, out).await
        }
        Action::Down {
            to,
            sql,
            yes,
            keep_library_tables,
            format,
        } => {
            let request = DownRequest {
                to,
                drop_rows: yes,
                keep_library_tables,
            };
            down(&mut conn, request, sql, format, out).await
        }
        Action::Status { format } => {
            let status = migrations::status(&mut conn).await?;
            Ok(report::status(out, &status, format)?)
        }
        Action::History { format } => {
            let history = migrations::history(&mut conn).await?;
            Ok(report::history(out, &history, format)?)
        }
    }
}

async fn up(
    conn: &mut PgConnection,
    request: UpRequest,
    sql: bool,
    format: Format,
    out: &mut impl Write,
) -> Result<(), MigrateFailure> {
    if sql {
        let script = migrations::up_script(conn, request).await?;
        return Ok(out.write_all(script.as_bytes())?);
    }
    let outcome = migrations::up(conn, request).await?;
    Ok(report::up(out, &outcome, format)?)
}

async fn down(
    conn: &mut PgConnection,
    request: DownRequest,
    sql: bool,
    format: Format,
    out: &mut impl Write,
) -> Result<(), MigrateFailure> {
    if sql {
        let script = migrations::down_script(conn, request).await?;
        return Ok(out.write_all(script.as_bytes())?);
    }
    let outcome = migrations::down(conn, request).await?;
    Ok(report::down(out, &outcome, format)?)
}
