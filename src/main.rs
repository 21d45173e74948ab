//! The program: the command line in, an exit code out.

use audiohm_ingest::command::{Cli, execute};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    execute(Cli::parse())
}
