//! `check`: what could keep the worker from its work, looked at before it starts.
//!
//! Enters: the settings. Leaves: one line a check on stdout, and whether any failed. It reads, and changes nothing.
//! No check keeps another from being made; what could not be looked at is said to be skipped, and why.

mod access;
mod broker;
mod database;
mod finding;
mod kafka_rights;
mod origins;
mod positions;
mod report;
mod server;
mod tables;
mod topic;
mod zones;

use super::output::output;
use std::io::{self, IsTerminal};

use clap::Args;

use super::exit::{Exit, Failure, print_failed};
use super::format::Format;
use crate::config::{Config, Setting};
use finding::Verdict;

/// Look for what could keep the worker from its work: settings, broker, topics, database, tables, rights
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct CheckArgs {
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Makes every check and prints what was found. Fails if a check did; warnings do not count.
pub(super) async fn run(args: &CheckArgs, config: &Config, settings: &[Setting]) -> Result<(), Failure> {
    let (log, database) = tokio::join!(broker::look(config), database::look(config));
    let positions = positions::look(config, log.cluster.as_ref(), &database).await;
    let mut findings = vec![origins::judge(settings)];
    findings.extend(log.findings);
    findings.extend(database);
    findings.extend(positions);
    findings.sort_by_key(|finding| finding.check);
    let mut out = output();
    let printed = match args.format {
        Format::Json => report::json(&mut out, &findings),
        Format::Table if io::stdout().is_terminal() => report::wrapped(&mut out, &findings),
        Format::Table => report::lines(&mut out, &findings),
    };
    printed.map_err(print_failed)?;
    let failed = findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Fail)
        .count();
    match failed {
        0 => Ok(()),
        _ => Err(Failure::new(
            Exit::Failed,
            format!("{failed} of {} checks failed", findings.len()),
        )),
    }
}
