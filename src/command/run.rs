//! `run`: the worker.

use super::exit::{Exit, Failure};
use super::{ingest, wiring};
use crate::admin::Server;
use crate::config::Config;
use crate::kafka;
use crate::pipeline::End;
use crate::position::TopicPartition;
use crate::store::migrations::{self, MigrateError, SchemaVersionError};
use crate::telemetry::{Build, Metrics, StatusBoard, check, intake, label, process};
use clap::Args;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{Instant, interval, sleep};

/// Run the worker
#[derive(Args, Clone, Copy, Debug, Default)]
pub(super) struct RunArgs {
    /// Stop once everything that is in the topics now is stored
    #[arg(long)]
    until_caught_up: bool,
}

/// Works until it is told to stop.
pub(super) async fn run(args: &RunArgs, config: &Config) -> Result<(), Failure> {
    wiring::install_logging(config)?;
    serve(args, config).await
}

/// As [`run`], where log lines have their receiver already.
pub(super) async fn serve(args: &RunArgs, config: &Config) -> Result<(), Failure> {
    let (stop, stopping) = watch::channel(false);
    let signals = tokio::spawn(wait_for_signal(stop.clone(), config.shutdown.deadline)?);
    let board = StatusBoard::new(wiring::VERSION, &config.kafka.group_id, &config.kafka.topics);
    let admin = open_admin(config, &board).await?;
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
    let ends = match wanted_ends(args, config, &board, stopping.clone()).await? {
        Ends::Wanted(ends) => Some(ends),
        Ends::NotWanted => None,
        Ends::Stopped => return Ok(()),
    };
    let give_up = args.until_caught_up.then(|| Instant::now() + START_WITHIN);
    if !schema_is_right(config, &board, give_up, stopping.clone()).await? {
        return Ok(());
    }
    let watcher = ends.map(|ends| {
        let config = config.clone();
        tokio::spawn(async move {
            let caught_up = ingest::caught_up(&config, &ends).await;
            if caught_up.is_ok() {
                process::caught_up();
            }
            // the worker may have ended for another reason
            let _ = stop.send(true);
            caught_up
        })
    });
    let end = ingest::ingest(config, board, stopping).await?;
    if let Some(watcher) = watcher {
        watcher.abort();
        // what was aborted has nothing to say
        if let Ok(caught_up) = watcher.await {
            caught_up?;
        }
    }
    outcome(end, config.shutdown.deadline)
}

/// The exit code that follows from how the worker ended.
fn outcome(end: End, deadline: Duration) -> Result<(), Failure> {
    match end {
        End::Stopped => {
            process::stopped();
            Ok(())
        }
        End::DeadlinePassed => {
            process::stopped_at_deadline(deadline);
            let message = "stopped at the deadline before everything was stored; it will be read again";
            Err(Failure::new(Exit::Failed, message))
        }
        End::Fatal(error) => {
            process::fatal(&error);
            Err(Failure::new(
                Exit::Fatal,
                format!("the Kafka client cannot go on: {error}"),
            ))
        }
    }
}

/// Up to where the topics have to be stored.
enum Ends {
    Wanted(BTreeMap<TopicPartition, i64>),
    NotWanted,
    /// Told to stop before the broker answered.
    Stopped,
}

async fn wanted_ends(
    args: &RunArgs,
    config: &Config,
    board: &StatusBoard,
    mut stopping: watch::Receiver<bool>,
) -> Result<Ends, Failure> {
    if !args.until_caught_up {
        return Ok(Ends::NotWanted);
    }
    let mut tick = interval(Duration::from_secs(1));
    let ends = ingest::ends(config);
    tokio::pin!(ends);
    loop {
        tokio::select! {
            ends = &mut ends => return ends.map(Ends::Wanted),
            _ = stopping.wait_for(|stop| *stop) => return Ok(Ends::Stopped),
            _ = tick.tick() => board.tick(),
        }
    }
}

/// How long broker, topics and database may be missing at the start of something that is to end by itself.
const START_WITHIN: Duration = Duration::from_mins(1);

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
            return Err(Failure::new(
                Exit::Unavailable,
                format!("gave up after {waited} s: {error}"),
            ));
        }
        tokio::select! {
            () = sleep(Duration::from_secs(2)) => {}
            _ = stopping.wait_for(|stop| *stop) => return Ok(false),
        }
    }
}

enum Verify {
    Schema(SchemaVersionError),
    Unavailable(String),
}

async fn verify_schema(config: &Config) -> Result<(), Verify> {
    let mut connection = match migrations::connect(&wiring::database(config)).await {
        Ok(connection) => connection,
        Err(error @ MigrateError::Unavailable(_)) => return Err(Verify::Unavailable(error.to_string())),
        Err(error) => return Err(Verify::Unavailable(format!("the database cannot be used: {error}"))),
    };
    migrations::verify_schema_version(&mut connection)
        .await
        .map_err(|error| match error {
            SchemaVersionError::Unreadable(error) => Verify::Unavailable(error.to_string()),
            wrong => Verify::Schema(wrong),
        })
}

/// Opens the admin port, which answers until the process ends: health matters most while it stops.
async fn open_admin(config: &Config, board: &StatusBoard) -> Result<tokio::task::JoinHandle<()>, Failure> {
    let librdkafka = kafka::client_version();
    let build = Build {
        version: wiring::VERSION,
        librdkafka: &librdkafka,
    };
    let metrics = Metrics::install(build).map_err(|error| Failure::new(Exit::Failed, error))?;
    intake::topics_known(&config.kafka.topics, &[label::LIVE, label::REDRIVE]);
    process::started(build, &config.kafka.group_id, &config.kafka.topics);
    let server = Server::bind(&config.admin.listen.to_string())
        .await
        .map_err(|error| Failure::new(Exit::Failed, error))?;
    process::admin_listens(&server.address());
    let board = board.clone();
    Ok(tokio::spawn(async move {
        if let Err(error) = server.serve(board, metrics, std::future::pending()).await {
            process::admin_failed(&error);
        }
    }))
}

/// Asks the worker to stop at the first SIGTERM or SIGINT, and ends the process at the second.
fn wait_for_signal(
    stop: watch::Sender<bool>,
    deadline: Duration,
) -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let listen = |kind| signal(kind).map_err(|error| Failure::new(Exit::Failed, error));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    Ok(async move {
        process::stopping(either(&mut terminate, &mut interrupt).await, deadline);
        // the worker may have ended for another reason
        let _ = stop.send(true);
        either(&mut terminate, &mut interrupt).await;
        std::process::exit(Exit::Failed as i32);
    })
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) -> &'static str {
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}
