//! `demo`: the whole path of a record on real services, in under a minute, for someone who has never seen it.
//!
//! Enters: the settings of a worker, whose database has to be empty or a former demo's. Leaves: what came of it on
//! stdout; progress on stderr. It writes into no database and no topic that anybody else has filled.

mod freshness;
mod ingestion;
mod keep;
mod listeners;
mod prepare;
mod report;
mod watch;

use super::exit::{Exit, Failure};
use super::output::output;
use super::{ingest, wiring};
use crate::config::{Config, InitialPosition};
use crate::kafka::KafkaLookup;
use crate::position::TopicPartition;
use crate::store::demo::{Stage, account};
use clap::Args;
use ingestion::Ingestion;
use listeners::Listeners;
use report::{Again, Report, State};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long the brokers may take to tell where topics end.
const ENDS_WITHIN: Duration = Duration::from_secs(15);

/// Log lines that a demo lets through, unless it is told otherwise: news that something is missing. Its dead letters
/// are part of the show, a machine that does everything at once has slow statements, and a broker that has just
/// been started keeps its first client waiting.
const QUIET: &str = "warn,sqlx=error,audiohm_ingest::telemetry::write=error,audiohm_ingest::kafka::context=error";

/// Show what the worker does: make users, tracks and events, ingest them, ingest them again
///
/// Needs a Kafka broker and an empty PostgreSQL database; `scripts/demo` in the source provides both.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct DemoArgs {
    /// Stay up with the worker, its admin port and a few events a second, until Ctrl-C
    #[arg(long)]
    keep: bool,
    /// How many events
    #[arg(long, value_name = "N", default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(1..))]
    events: u64,
    /// How many users are made
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..))]
    users: u32,
    /// How many tracks are made
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1..))]
    tracks: u32,
    /// The same seed gives the same listening again [default: a random one]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// Shows everything once, and stays up if asked to.
pub(super) async fn run(args: &DemoArgs, config: &Config) -> Result<(), Failure> {
    let config = adapted(config);
    wiring::install_logging(&config)?;
    if args.keep {
        keep::check_port(&config).await?;
    }
    let mut stage = Stage::open(wiring::database(&config)).await?;
    prepare::prepare(args, &config, &mut stage).await?;
    let seed = args.seed.unwrap_or_else(rand::random);
    let mut listeners = Listeners::gather(&config, seed).await?;
    let sent = listeners.send_backlog(args.events).await?;

    let mut live = Ingestion::start(&config);
    let first = live.catch_up(&ends(&config).await?, ("ingesting", "ingested")).await?;
    let freshness = freshness::measure(&mut listeners, &mut stage).await?;
    live.stop().await?;

    let report = Report {
        config: &config,
        seed,
        sent,
        first,
        freshness,
        account: account(&mut stage, &config.kafka.group_id).await?,
        again: again(&config, &mut stage).await?,
        keep: args.keep,
    };
    print(&report)?;
    if report.again.changed() {
        let message = "the second ingestion changed rows, which it never must";
        return Err(Failure::new(Exit::Failed, message));
    }
    if args.keep {
        keep::keep(&config, listeners).await
    } else {
        Ok(())
    }
}

/// The settings, but for what a demo would make no sense with.
fn adapted(config: &Config) -> Config {
    let mut config = config.clone();
    config.kafka.initial_position = InitialPosition::Earliest;
    if config.log.level == "info" {
        QUIET.clone_into(&mut config.log.level);
    }
    config
}

/// Where each topic ends now. A topic that has just been made may want a moment until all brokers know its leaders.
async fn ends(config: &Config) -> Result<BTreeMap<TopicPartition, i64>, Failure> {
    let lookup = KafkaLookup::open(&wiring::kafka_settings(config))?;
    let give_up = Instant::now() + ENDS_WITHIN;
    loop {
        match ingest::ends(&lookup, &config.kafka.topics).await {
            Ok(ends) => return Ok(ends),
            Err(missing) if Instant::now() >= give_up => return Err(Failure::new(Exit::Unavailable, missing)),
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Ingests the same topics under another group, and compares before and after.
async fn again(config: &Config, stage: &mut Stage) -> Result<Again, Failure> {
    let mut config = config.clone();
    config.kafka.group_id += "-again";
    let group = config.kafka.group_id.clone();
    let before = state(stage, &group).await?;
    let mut second = Ingestion::start(&config);
    let words = ("again", "ingested again");
    let ingested = second.catch_up(&ends(&config).await?, words).await?;
    second.stop().await?;
    let after = state(stage, &group).await?;
    Ok(Again {
        group,
        ingested,
        before,
        after,
    })
}

async fn state(stage: &mut Stage, group: &str) -> Result<State, Failure> {
    let rows = stage.row_versions().await?;
    let ledger = report::total(&account(stage, group).await?.ledger);
    Ok(State { rows, ledger })
}

fn print(report: &Report<'_>) -> Result<(), Failure> {
    let mut text = Vec::new();
    let written = report.write(&mut text).and_then(|()| output().write_all(&text));
    written.map_err(|error| Failure::new(Exit::Failed, format!("the report could not be printed: {error}")))
}
