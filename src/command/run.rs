//! `run`: the worker.

use super::exit::{Exit, Failure};
use super::start::Start;
use super::{ingest, notify, wiring};
use crate::admin::Server;
use crate::config::Config;
use crate::kafka;
use crate::pipeline::End;
use crate::telemetry::{Build, Metrics, StatusBoard, intake, label, process};
use clap::Args;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

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
    let deadline = config.shutdown.deadline;
    let told = move |signal| {
        process::stopping(signal, deadline);
        notify::stopping();
    };
    let signals = tokio::spawn(wait_for_signal(stop.clone(), told)?);
    let board = StatusBoard::new(wiring::VERSION, &config.kafka.group_id, &config.kafka.topics);
    let admin = open_admin(config, &board).await?;
    notify::ready();
    let telling = tokio::spawn(notify::keep_telling(board.clone()));
    let end = work(args, config, board, stop, stopping).await;
    telling.abort();
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
    let patience = args.until_caught_up.then_some(START_WITHIN);
    let mut start = Start::new(board.clone(), stopping.clone(), patience);
    let ends = if args.until_caught_up {
        let Some(ends) = start.ends(config).await? else {
            return Ok(());
        };
        Some(ends)
    } else {
        None
    };
    if !start.schema(config).await? {
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
        // one that was aborted has nothing to say
        if let Ok(caught_up) = watcher.await {
            caught_up?;
        }
    }
    judge(end, config)
}

/// What the end means for whoever started the worker.
fn judge(end: End, config: &Config) -> Result<(), Failure> {
    match end {
        End::Stopped => {
            process::stopped();
            Ok(())
        }
        End::DeadlinePassed => {
            process::stopped_at_deadline(config.shutdown.deadline);
            let message = "stopped at the deadline before everything was stored; it will be read again";
            Err(Failure::new(Exit::Failed, message))
        }
        End::Fatal(error) => {
            process::fatal(&error);
            Err(Failure::new(Exit::Fatal, error))
        }
    }
}

/// How long broker, topics and database may be missing at the start of something that is to end by itself.
const START_WITHIN: Duration = Duration::from_mins(1);

/// Opens the admin port, which answers until the process ends: health matters most while it stops.
async fn open_admin(config: &Config, board: &StatusBoard) -> Result<tokio::task::JoinHandle<()>, Failure> {
    let librdkafka = kafka::client_version();
    let build = Build {
        version: wiring::VERSION,
        librdkafka: &librdkafka,
    };
    let metrics = Metrics::install(build).map_err(|error| Failure::new(Exit::Failed, error))?;
    intake::topics_known(&config.kafka.topics, &label::MODES);
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

/// Asks for a stop at the first SIGTERM or SIGINT, which is `told`, and ends the process at the second.
pub(super) fn wait_for_signal(
    stop: watch::Sender<bool>,
    told: impl FnOnce(&'static str) + Send + 'static,
) -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let listen = |kind| signal(kind).map_err(|error| Failure::new(Exit::Failed, error));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    Ok(async move {
        told(either(&mut terminate, &mut interrupt).await);
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
