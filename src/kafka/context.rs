//! What the client calls back. Each callback only writes down what happened and returns: it runs inside
//! a poll, and whatever waits here keeps the worker from its heartbeat with the group.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::statistics::Statistics;
use rdkafka::types::RDKafkaRespErr;
use tracing::{debug, error, info, warn};

use super::certificates::Certificates;
use super::connections::Connections;
use super::list;
use crate::position::TopicPartition;
use crate::telemetry::Limiter;

/// What the group decided. The client waits for an answer to each of them.
#[derive(Debug)]
pub(super) enum Rebalanced {
    Assigned(Vec<TopicPartition>),
    Revoked(Vec<TopicPartition>),
    Lost(Vec<TopicPartition>),
}

/// Notes of one client's callbacks.
#[derive(Debug)]
pub(super) struct Context {
    closing: AtomicBool,
    rebalanced: Mutex<Vec<Rebalanced>>,
    reason: Mutex<Option<String>>,
    logged: Mutex<Limiter<String>>,
    connections: Connections,
}

impl Context {
    pub(super) fn new() -> Self {
        Self {
            closing: AtomicBool::new(false),
            rebalanced: Mutex::new(Vec::new()),
            reason: Mutex::new(None),
            logged: Mutex::new(Limiter::new()),
            connections: Connections::default(),
        }
    }

    /// Of a client that has to know when its certificates are replaced.
    pub(super) fn with(certificates: Certificates) -> Self {
        Self {
            connections: Connections::with(certificates),
            ..Self::new()
        }
    }

    /// From now on every rebalance is answered at once: dropping the client waits for that answer.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    /// Whether the client has forgotten every broker.
    pub(super) fn knows_nobody(&self) -> bool {
        self.connections.know_nobody()
    }

    /// The settings whose files are others than the client has read, if it needs them.
    pub(super) fn take_replaced(&self) -> Option<String> {
        self.connections.take_replaced()
    }

    /// An error's text, with the reason that lies behind most others.
    pub(super) fn explain(&self, text: String) -> String {
        self.connections.explain(text)
    }

    /// What the group decided since the last call.
    pub(super) fn take_rebalanced(&self) -> Vec<Rebalanced> {
        mem::take(&mut *held(&self.rebalanced))
    }

    /// The client's longer text for the error that the poll has just returned.
    pub(super) fn take_reason(&self) -> Option<String> {
        held(&self.reason).take().map(|reason| self.explain(reason))
    }
}

pub(super) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        // settings of the other kind of client, in a list that both share: no news
        if matches!(level, RDKafkaLogLevel::Debug) || facility == "CONFWARN" {
            debug!(facility, "{line}");
            return;
        }
        if held(&self.logged).due(facility.to_owned(), Instant::now()).is_none() {
            return;
        }
        match level {
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => error!(facility, "{line}"),
            RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => warn!(facility, "{line}"),
            _ => info!(facility, "{line}"),
        }
    }

    fn stats(&self, statistics: Statistics) {
        self.connections.report(&statistics);
    }

    fn error(&self, _: KafkaError, reason: &str) {
        *held(&self.reason) = Some(self.connections.note(reason));
    }
}

impl ConsumerContext for Context {
    fn rebalance(&self, client: &BaseConsumer<Self>, code: RDKafkaRespErr, list: &mut TopicPartitionList) {
        if self.closing.load(Ordering::Relaxed) {
            // an ending client takes any answer as "gives everything back"
            if let Err(failure) = client.unassign() {
                debug!(%failure, "leaving the group: partitions were not given back");
            }
            return;
        }
        let partitions = list::partitions(list);
        let rebalanced = match code {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => Rebalanced::Assigned(partitions),
            _ if client.assignment_lost() => Rebalanced::Lost(partitions),
            _ => Rebalanced::Revoked(partitions),
        };
        held(&self.rebalanced).push(rebalanced);
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        if let Err(failure) = result {
            debug!(%failure, "the broker did not take the copy of the positions; the next one supersedes it");
        }
    }
}
