//! `run`: the worker.

use super::exit::{Exit, Failure};
use super::{ingest, wiring};
use crate::admin::Server;
use crate::config::Config;
use crate::kafka;
use crate::pipeline::End;
use crate::store::migrations::{self, MigrateError, SchemaVersionError};
use crate::telemetry::{Build, Metrics, StatusBoard, check, intake, process};
use clap::Args;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// Run the worker
#[derive(Args, Clone, Copy, Debug)]
pub struct RunArgs {
    /// Stop once everything that is in the topics now is stored
    #[arg(long)]
    until_caught_up: bool,
}

/// Works until it is told to stop.
pub(super) async fn run(args: &RunArgs, config: &Config) -> Result<(), Failure> {
    wiring::install_logging(config)?;
    let (stop, stopping) = watch::channel(false);
    let signals = tokio::spawn(wait_for_signal(stop.clone(), config.shutdown.deadline)?);
    let board = StatusBoard::new(wiring::VERSION, &config.kafka.group_id, &config.kafka.topics);
    let admin = open_admin(config, &board, stopping.clone()).await?;
    let end = work(args, config, board, stop, stopping).await;
    admin.abort();
    signals.abort();
    end
}

async fn work(
    args: &RunArgs,
    config: &Config,
    board: StatusBoard,
    stop: watch::Sender<bool>,
    stopping: watch::Receiver<bool>,
) -> Result<(), Failure> {
    let ends = if args.until_caught_up { Some(ingest::ends(config).await?) } else { None };
    let give_up = args.until_caught_up.then(|| Instant::now() + START_WITHIN);
    if !schema_is_right(config, &board, give_up, stopping.clone()).await? {
        return Ok(());
    }
    let watcher = ends.map(|ends| {
        let config = config.clone();
        tokio::spawn(async move {
            ingest::caught_up(&config, &ends, |_| {}).await;
            process::caught_up();
            // the worker may have ended for another reason
            let _ = stop.send(true);
        })
    });
    let end = ingest::ingest(config, board, stopping).await?;
    if let Some(watcher) = watcher {
        watcher.abort();
    }
    match end {
        End::Stopped => Ok(()),
        End::DeadlinePassed => {
            process::stopped_at_deadline(config.shutdown.deadline);
            let message = "stopped at the deadline before everything was stored; it will be read again";
            Err(Failure::new(Exit::Failed, message))
        }
        End::Fatal(error) => {
            process::fatal(&error);
            Err(Failure::new(Exit::Fatal, format!("the Kafka client cannot go on: {error}")))
        }
    }
}

/// How long broker, topics and database may be missing at the start of something that is to end by itself.
const START_WITHIN: Duration = Duration::from_secs(60);

/// Waits until the database answers and has a schema that this program knows; false if told to stop before.
async fn schema_is_right(
    config: &Config,
    board: &StatusBoard,
    give_up: Option<Instant>,
    mut stopping: watch::Receiver<bool>,
) -> Result<bool, Failure> {
    loop {
        let error = match verify_schema(config).await {
            Ok(()) => return Ok(true),
            Err(Verify::Schema(error)) => return Err(Failure::new(Exit::Failed, error)),
            Err(Verify::Unavailable(error)) => error,
        };
        intake::claim_failed(&error);
        board.check(check::DATABASE, Err(error.clone()));
        board.tick();
        if give_up.is_some_and(|give_up| give_up <= Instant::now()) {
            let waited = START_WITHIN.as_secs();
            return Err(Failure::new(Exit::Unavailable, format!("gave up after {waited} s: {error}")));
        }
        tokio::select! {
            () = sleep(Duration::from_secs(2)) => {}
            _ = stopping.wait_for(|stop| *stop) => return Ok(false),
        }
    }
}
