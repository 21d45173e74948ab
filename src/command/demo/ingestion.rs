//! A worker inside this process, watched until it has caught up.

use super::watch::Watch;
use crate::command::exit::{Exit, Failure};
use crate::command::progress::{Progress, Words};
use crate::command::{ingest, wiring};
use crate::config::Config;
use crate::pipeline::{End, Store, behind};
use crate::position::TopicPartition;
use crate::store::PgStore;
use crate::telemetry::StatusBoard;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often the positions are looked at: what is measured is that exact.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A worker at work.
#[derive(Debug)]
pub(super) struct Ingestion {
    store: PgStore,
    topics: Vec<Arc<str>>,
    stop: watch::Sender<bool>,
    worker: JoinHandle<Result<End, Failure>>,
}

/// What was ingested, and how long that took from the first record on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ingested {
    pub(super) events: u64,
    pub(super) elapsed: Duration,
}

impl Ingestion {
    /// Begins, as the group of the settings.
    pub(super) fn start(config: &Config) -> Self {
        let store = wiring::store(config);
        let topics = config.kafka.topics.iter();
        let topics = topics.map(|topic| Arc::from(topic.as_str())).collect();
        let (stop, stopping) = watch::channel(false);
        let board = StatusBoard::new(wiring::VERSION, &config.kafka.group_id, &config.kafka.topics);
        let config = config.clone();
        let worker = tokio::spawn(async move { ingest::ingest(&config, board, stopping).await });
        Self {
            store,
            topics,
            stop,
            worker,
        }
    }

    /// Waits until everything before `ends` is stored; the bar says it in these words.
    pub(super) async fn catch_up(
        &mut self,
        ends: &BTreeMap<TopicPartition, i64>,
        words: Words,
    ) -> Result<Ingested, Failure> {
        let mut watch = Watch::begin(&self.store.positions(self.topics.clone()).await?);
        let mut progress = Progress::begin(words, watch.ahead(ends));
        loop {
            let stored = self.store.positions(self.topics.clone()).await?;
            let events = watch.look(&stored)?;
            progress.reached(events);
            if behind(ends, &stored).is_empty() {
                progress.end(events);
                let elapsed = watch.since_first();
                return Ok(Ingested { events, elapsed });
            }
            if self.worker.is_finished() {
                return Err(self.ended().await);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Stops the worker, with everything that it has taken in stored.
    pub(super) async fn stop(self) -> Result<(), Failure> {
        // a worker that has ended already says why below
        let _ = self.stop.send(true);
        match self.worker.await {
            Ok(Ok(End::Stopped)) => Ok(()),
            Ok(Ok(end)) => Err(unexpected(&end)),
            Ok(Err(failure)) => Err(failure),
            Err(error) => Err(Failure::new(Exit::Failed, error)),
        }
    }

    /// Why the worker ended although nobody asked it to.
    async fn ended(&mut self) -> Failure {
        match (&mut self.worker).await {
            Ok(Ok(end)) => unexpected(&end),
            Ok(Err(failure)) => failure,
            Err(error) => Failure::new(Exit::Failed, error),
        }
    }
}

fn unexpected(end: &End) -> Failure {
    match end {
        End::Stopped | End::DeadlinePassed => {
            Failure::new(Exit::Failed, "the worker ended before everything was stored")
        }
        End::Fatal(error) => Failure::new(Exit::Fatal, error),
    }
}
