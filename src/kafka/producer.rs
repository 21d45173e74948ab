//! Writes records, for `generate`. Bounded: when the queue is full, sending waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};

use super::context::Context;
use super::error::{ClientError, check_topic_name};
use super::settings::{Settings, client_config, producer_settings};

/// After so many records the acknowledgements that have come in are looked at.
const SERVE_EVERY: u32 = 1000;

/// A record to be written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outgoing<'a> {
    /// Name of the topic.
    pub topic: &'a str,
    /// The key; it decides the partition.
    pub key: Option<&'a [u8]>,
    /// The value; none for a tombstone.
    pub value: Option<&'a [u8]>,
    /// Headers in their order.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// Milliseconds since 1970; none for the time of sending.
    pub timestamp: Option<i64>,
}

/// Writes records, each acknowledged by all replicas. Blocking: keep it on a thread of its own.
pub struct Producer {
    client: BaseProducer<Deliveries>,
    until_served: u32,
}

impl std::fmt::Debug for Producer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Producer").finish_non_exhaustive()
    }
}

impl Producer {
    /// Makes the client; no broker is needed for that.
    pub fn open(settings: &Settings) -> Result<Self, ClientError> {
        let config = client_config(producer_settings(settings));
        let client = BaseProducer::from_config_and_context(&config, Deliveries::new());
        Ok(Self {
            client: client.map_err(ClientError::Settings)?,
            until_served: SERVE_EVERY,
        })
    }

    /// Puts a record into the queue, waiting for room. Fails at once if an earlier one was refused.
    pub fn send(&mut self, outgoing: &Outgoing<'_>) -> Result<(), ClientError> {
        check_topic_name(outgoing.topic)?;
        self.until_served -= 1;
        if self.until_served == 0 {
            self.until_served = SERVE_EVERY;
            self.client.poll(Duration::ZERO);
            self.client.context().outcome()?;
        }
        let mut record = prepare(outgoing);
        loop {
            match self.client.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), refused)) => {
                    record = refused;
                    self.client.poll(Duration::from_millis(1));
                    self.client.context().outcome()?;
                }
                Err((failure, _)) => return Err(ClientError::Broker(failure)),
            }
        }
    }

    /// Waits until everything sent is acknowledged. An error if any record was not, or time ran out.
    pub fn flush(&mut self, longest: Duration) -> Result<(), ClientError> {
        let flushed = self.client.flush(longest);
        self.client.context().outcome()?;
        flushed.map_err(ClientError::Broker)
    }

    /// How many records were acknowledged so far.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.client.context().acknowledged.load(Ordering::Relaxed)
    }
}

fn prepare<'a>(outgoing: &Outgoing<'a>) -> BaseRecord<'a, [u8], [u8]> {
    let mut record = BaseRecord::to(outgoing.topic);
    record.key = outgoing.key;
    record.payload = outgoing.value;
    record.timestamp = outgoing.timestamp;
    if !outgoing.headers.is_empty() {
        let add = |headers: OwnedHeaders, &(key, value): &(&str, &[u8])| {
            headers.insert(Header {
                key,
                value: Some(value),
            })
        };
        let empty = OwnedHeaders::new_with_capacity(outgoing.headers.len());
        record.headers = Some(outgoing.headers.iter().fold(empty, add));
    }
    record
}

/// Counts what became of the records.
struct Deliveries {
    log: Context,
    acknowledged: AtomicU64,
    failed: AtomicU64,
    first: Mutex<Option<String>>,
}

impl Deliveries {
    fn new() -> Self {
        let (acknowledged, failed) = (AtomicU64::new(0), AtomicU64::new(0));
        Self {
            log: Context::new(),
            acknowledged,
            failed,
            first: Mutex::new(None),
        }
    }

    fn outcome(&self) -> Result<(), ClientError> {
        match self.failed.load(Ordering::Relaxed) {
            0 => Ok(()),
            count => {
                let first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
                Err(ClientError::Delivery {
                    count,
                    first: first.clone().unwrap_or_default(),
                })
            }
        }
    }
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        self.log.log(level, facility, line);
    }

    fn stats_raw(&self, _: &[u8]) {}

    fn error(&self, error: KafkaError, reason: &str) {
        self.log.error(error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        match result {
            Ok(_) => {
                self.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Err((failure, _)) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert_with(|| failure.to_string());
            }
        }
    }
}
