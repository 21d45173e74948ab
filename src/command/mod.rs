//! One file a subcommand; the only place where the rooms are put together.

mod cli;
mod exit;
pub mod format;
pub mod healthcheck;
mod ingest;
pub mod migrate;
mod run;
mod settings;
mod wiring;

pub use cli::{Cli, execute};
pub use exit::{Exit, Failure};
