//! The start of the worker: waiting for a broker, topics or a database that are not there yet.

use super::exit::{Exit, Failure};
use super::{ingest, wiring};
use crate::config::Config;
use crate::kafka::KafkaLookup;
use crate::position::TopicPartition;
use crate::store::error::reason;
use crate::store::migrations::{self, MigrateError, SchemaVersionError};
use crate::telemetry::{StatusBoard, check, process};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// How often what is missing is looked for again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Waits, as long as it may and as long as nobody asks for a stop.
#[derive(Debug)]
pub(super) struct Start {
    board: StatusBoard,
    stopping: watch::Receiver<bool>,
    /// How long to wait, and until when; none for without end.
    give_up: Option<(Duration, Instant)>,
    told: Option<String>,
}

impl Start {
    /// A start that gives up after `patience`, if it has one.
    pub(super) fn new(board: StatusBoard, stopping: watch::Receiver<bool>, patience: Option<Duration>) -> Self {
        let give_up = patience.map(|patience| (patience, Instant::now() + patience));
        Self {
            board,
            stopping,
            give_up,
            told: None,
        }
    }

    /// Where each topic ends now; none if told to stop before that is known.
    pub(super) async fn ends(&mut self, config: &Config) -> Result<Option<BTreeMap<TopicPartition, i64>>, Failure> {
        let lookup = KafkaLookup::open(&wiring::kafka_settings(config))
            .map_err(|error| Failure::new(Exit::Configuration, error))?;
        loop {
            match ingest::ends(&lookup, &config.kafka.topics).await {
                Ok(ends) => return Ok(Some(ends)),
                Err(missing) if self.wait(check::BROKER, &missing).await? => {}
                Err(_) => return Ok(None),
            }
        }
    }

    /// Waits until the database answers, and refuses it if its schema is not one that this program knows; false
    /// if told to stop before.
    pub(super) async fn schema(&mut self, config: &Config) -> Result<bool, Failure> {
        loop {
            match verify_schema(config).await {
                Ok(()) => return Ok(true),
                Err(Verify::Schema(error)) => return Err(Failure::new(Exit::Failed, error)),
                Err(Verify::Settings(error)) => return Err(Failure::new(Exit::Configuration, error)),
                Err(Verify::Unavailable(missing)) if self.wait(check::DATABASE, &missing).await? => {}
                Err(Verify::Unavailable(_)) => return Ok(false),
            }
        }
    }

    /// Says what is missing, once, and waits a little; false if told to stop.
    async fn wait(&mut self, check: &'static str, missing: &str) -> Result<bool, Failure> {
        if self.told.as_deref() != Some(missing) {
            process::waiting(&missing);
            self.told = Some(missing.to_owned());
        }
        if let Some((patience, give_up)) = self.give_up
            && give_up <= Instant::now()
        {
            let waited = patience.as_secs();
            return Err(Failure::new(
                Exit::Unavailable,
                format!("gave up after {waited} s: {missing}"),
            ));
        }
        self.board.check(check, Err(missing.to_owned()));
        self.board.tick();
        Ok(tokio::select! {
            () = sleep(LOOK_AGAIN) => true,
            _ = self.stopping.wait_for(|stop| *stop) => false,
        })
    }
}

enum Verify {
    Schema(SchemaVersionError),
    Unavailable(String),
    Settings(String),
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
        })?;
    let obstacles = wiring::obstacles(&mut connection, config).await;
    match obstacles.map_err(|error| Verify::Unavailable(reason(&error)))? {
        Some(obstacles) => Err(Verify::Settings(obstacles)),
        None => Ok(()),
    }
}
