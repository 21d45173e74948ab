//! The command line.

use super::audit::AuditArgs;
use super::check::CheckArgs;
use super::dead_letters::DeadLettersArgs;
use super::demo::DemoArgs;
use super::exit::{Exit, Failure, print_failed};
use super::generate::GenerateArgs;
use super::healthcheck::Healthcheck;
use super::migrate::MigrateArgs;
use super::output::output;
use super::positions::PositionsArgs;
use super::progress::say;
use super::replay::ReplayArgs;
use super::run::RunArgs;
use super::settings::{ConfigArgs, SettingsArgs};
use super::{audit, check, dead_letters, demo, generate, migrate, positions, replay, run, settings, wiring};
use crate::config::Loaded;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use std::io::Write;
use std::process::ExitCode;

/// Takes play, like and unlike events from Kafka and keeps AudiOhm's `listening_history` and `liked_tracks` right
#[derive(Clone, Debug, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 69 broker or database unavailable, \
    70 fatal client error, 75 replay paused, 78 configuration"
)]
pub struct Cli {
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    Run(RunArgs),
    Migrate(MigrateArgs),
    Replay(ReplayArgs),
    Positions(PositionsArgs),
    DeadLetters(DeadLettersArgs),
    Audit(AuditArgs),
    Generate(GenerateArgs),
    Demo(DemoArgs),
    Check(CheckArgs),
    Config(ConfigArgs),
    Healthcheck(Healthcheck),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, for `man -l -`
    Man,
}

/// Does what the command line says and gives the exit code; says on stderr what went wrong.
#[must_use]
pub fn execute(cli: Cli) -> ExitCode {
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&format!("audiohm-ingest: {failure}"));
            failure.exit.into()
        }
    }
}

fn dispatch(cli: Cli) -> Result<(), Failure> {
    let mut out = output();
    match cli.command {
        Command::Completions { shell } => {
            // the library panics where it cannot write, so it writes to memory
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "audiohm-ingest", &mut text);
            out.write_all(&text).map_err(print_failed)
        }
        Command::Man => clap_mangen::Man::new(Cli::command())
            .render(&mut out)
            .map_err(print_failed),
        Command::Config(args) => settings::show(&args, &cli.settings.load()?, &mut out).map_err(print_failed),
        command => {
            let loaded = cli.settings.load()?;
            runtime()?.block_on(with_settings(command, loaded))
        }
    }
}

/// The commands that talk to somebody.
async fn with_settings(command: Command, loaded: Loaded) -> Result<(), Failure> {
    let config = loaded.config;
    match command {
        Command::Run(args) => run::run(&args, &config).await,
        Command::Migrate(args) => migrate::run(&args, &wiring::database(&config), &mut output())
            .await
            .map_err(|failure| Failure {
                exit: failure.exit(),
                message: failure.to_string(),
            }),
        Command::Replay(args) => replay::run(&args, &config).await,
        Command::Positions(args) => positions::run(&args, &config).await,
        Command::DeadLetters(args) => dead_letters::run(&args, &config).await,
        Command::Audit(args) => audit::run(&args, &config).await,
        Command::Generate(args) => generate::run(&args, &config, &mut output()).await,
        Command::Demo(args) => demo::run(&args, &config).await,
        Command::Check(args) => check::run(&args, &config, &loaded.settings).await,
        Command::Healthcheck(args) => args
            .run(&config.admin.listen.to_string())
            .await
            .map_err(|error| Failure::new(Exit::Failed, error)),
        Command::Config(_) | Command::Completions { .. } | Command::Man => Ok(()),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failed, format!("no threads can be started: {error}")))
}
