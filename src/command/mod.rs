//! One file a subcommand; the only place where the rooms are put together.

mod cli;
mod demo;
mod exit;
pub mod format;
mod generate;
pub mod healthcheck;
mod ingest;
pub mod migrate;
mod number;
mod progress;
mod run;
mod sender;
mod settings;
mod wiring;

pub use cli::{Cli, execute};
pub use exit::{Exit, Failure};
