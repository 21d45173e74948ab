//! From the settings to the rooms: what each of them is made with.

use super::exit::{Exit, Failure};
use crate::config::{AfterPatience, Config, InitialPosition, LogFormat, OnGap, ParentCheck};
use crate::event::Limits;
use crate::kafka;
use crate::pipeline::{self, BatchLimits};
use crate::store::check::obstacles_to_batched;
use crate::store::connection::{options, session};
use crate::store::letters::LetterSettings;
use crate::store::replays::Replays;
use crate::store::write::{Account, Writer};
use crate::store::{PgConnectOptions, PgConnection, PgStore, StoreError};
use crate::telemetry::logging;
use secrecy::ExposeSecret;
use std::sync::Arc;

/// The version that the program shows.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where log lines go and how they look.
pub(super) fn install_logging(config: &Config) -> Result<(), Failure> {
    let format = match config.log.format {
        LogFormat::Auto => logging::Format::Auto,
        LogFormat::Json => logging::Format::Json,
        LogFormat::Text => logging::Format::Text,
    };
    logging::install(format, &config.log.level).map_err(|error| Failure::new(Exit::Configuration, error))
}

/// What the Kafka client is made with.
pub(super) fn kafka_settings(config: &Config) -> kafka::Settings {
    let kafka = &config.kafka;
    let property = |(name, value): (&String, &secrecy::SecretString)| (name.clone(), value.expose_secret().to_owned());
    kafka::Settings {
        brokers: kafka.brokers.clone(),
        topics: kafka.topics.clone(),
        group_id: kafka.group_id.clone(),
        initial_position: match kafka.initial_position {
            InitialPosition::Earliest => kafka::InitialPosition::Earliest,
            InitialPosition::Latest => kafka::InitialPosition::Latest,
            InitialPosition::Committed => kafka::InitialPosition::Committed,
        },
        properties: kafka.properties.iter().map(property).collect(),
    }
}

/// Where the database is, with the settings of a worker's session.
pub(super) fn database(config: &Config) -> PgConnectOptions {
    session(options(&config.database))
}

/// The store of the consumer group.
pub(super) fn store(config: &Config) -> PgStore {
    store_of(config, Account::Live)
}

/// The store of the consumer group, or of a replay beside it.
pub(super) fn store_of(config: &Config, account: Account) -> PgStore {
    let writer = Writer {
        group: Arc::from(config.kafka.group_id.as_str()),
        retry_interval: config.parents.retry_interval,
        account,
        parent_check: config.writer.parent_check,
    };
    PgStore::new(database(config), writer)
}

/// Why batches cannot be written as `writer.parent_check` says, if they cannot.
pub(super) async fn obstacles(connection: &mut PgConnection, config: &Config) -> Result<Option<String>, StoreError> {
    if config.writer.parent_check == ParentCheck::Database {
        return Ok(None);
    }
    let obstacles = obstacles_to_batched(connection).await?;
    if obstacles.is_empty() {
        return Ok(None);
    }
    let told: Vec<_> = obstacles.iter().map(ToString::to_string).collect();
    let all = told.join("; ");
    Ok(Some(format!(
        "writer.parent_check = batched is not possible here: {all}. Or set it to database"
    )))
}

/// The replays of the consumer group.
pub(super) fn replays(config: &Config) -> Replays {
    Replays::new(database(config), Arc::from(config.kafka.group_id.as_str()))
}

/// How stored dead letters are treated.
pub(super) fn letter_settings(config: &Config) -> LetterSettings {
    LetterSettings {
        group: Arc::from(config.kafka.group_id.as_str()),
        retry_interval: config.parents.retry_interval,
        patience: config.parents.patience,
        discard_after_patience: config.parents.after_patience == AfterPatience::Discard,
        keep: config.dead_letters.keep,
        limits: limits(config),
    }
}

/// What an event may be.
pub(super) fn limits(config: &Config) -> Limits {
    Limits {
        max_bytes: config.events.max_bytes,
        max_clock_skew: config.events.max_clock_skew,
    }
}

/// How the pipeline works.
pub(super) fn pipeline_settings(config: &Config) -> pipeline::Settings {
    pipeline::Settings {
        topics: config
            .kafka
            .topics
            .iter()
            .map(|topic| Arc::from(topic.as_str()))
            .collect(),
        lanes: config.writer.lanes,
        batch: BatchLimits {
            max_rows: config.batch.max_rows,
            max_bytes: config.batch.max_bytes,
            max_wait: config.batch.max_wait,
        },
        limits: limits(config),
        on_gap: match config.kafka.on_gap {
            OnGap::Halt => pipeline::OnGap::Halt,
            OnGap::Skip => pipeline::OnGap::Skip,
        },
        flood_breaker: config.dead_letters.flood_breaker,
        shutdown_deadline: config.shutdown.deadline,
    }
}
