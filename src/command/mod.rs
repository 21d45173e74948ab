//! One file a subcommand; the only place where the rooms are put together.
//!
//! Enters: the command line. Leaves: results on stdout, one message on stderr where something failed, and an exit
//! code. `wiring` makes each room's settings out of the configuration; no rule about events, rows or positions
//! belongs here.

mod ask;
mod audit;
mod check;
mod cli;
mod dead_letters;
mod demo;
mod exit;
pub mod format;
mod generate;
pub mod healthcheck;
mod ingest;
pub mod migrate;
mod notify;
mod number;
mod output;
mod positions;
mod progress;
mod range;
mod replay;
mod run;
mod schema;
mod sender;
mod settings;
mod start;
mod wiring;
mod wrap;

pub use cli::{Cli, execute};
pub use exit::{Exit, Failure};
