//! What a client is made with: the defaults of this program, what the user passes through, and what the
//! guarantees rest on, in that order, so that the last wins.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;

/// How to reach the log and as whom.
#[derive(Clone, Default)]
pub struct Settings {
    /// Addresses, separated by commas.
    pub brokers: String,
    /// The topics to read.
    pub topics: Vec<String>,
    /// Name of the consumer group.
    pub group_id: String,
    /// Where a partition begins of which nothing was ever stored.
    pub initial_position: InitialPosition,
    /// Settings of librdkafka that are passed through; may hold secrets.
    pub properties: BTreeMap<String, String>,
}

/// Where a partition begins of which nothing was ever stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InitialPosition {
    /// With the oldest record there is.
    #[default]
    Earliest,
    /// With the next record to come.
    Latest,
    /// Where the group committed, or with the oldest record where it did not.
    Committed,
}

impl fmt::Debug for Settings {
    /// Values of properties are left out: a password may be among them.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("brokers", &self.brokers)
            .field("topics", &self.topics)
            .field("group_id", &self.group_id)
            .field("initial_position", &self.initial_position)
            .field("properties", &self.properties.keys())
            .finish()
    }
}

/// How long one question to the broker may take.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// For every client; a user may change these.
const CLIENT_DEFAULTS: &[(&str, &str)] = &[
    ("client.id", "audiohm-ingest"),
    // a broker that was away is found again within two seconds, not ten
    ("reconnect.backoff.max.ms", "2000"),
    ("socket.keepalive.enable", "true"),
    // an idle connection that the broker closes is no news
    ("log.connection.close", "false"),
    // the library's default of five minutes hides new topics and partitions that long
    ("topic.metadata.refresh.interval.ms", "10000"),
];

const CONSUMER_DEFAULTS: &[(&str, &str)] = &[
    // one queue for the whole consumer, however many partitions. A fetch under way comes on top, unpacked, and the
    // library takes some 300 bytes more for each record
    ("queued.max.messages.kbytes", "1536"),
    ("fetch.max.bytes", "1048576"),
    // half of a fetch: with a quarter a backlog of eight partitions was read at two thirds of the rate
    ("max.partition.fetch.bytes", "524288"),
    // after a full queue the library would rest for a second, which halves the rate of a backlog; a queue of this size
    // holds what is read in about 11 ms where nothing else is waited for (350 000 records of 400 B a second)
    ("fetch.queue.backoff.ms", "2"),
    ("session.timeout.ms", "20000"),
    // a member learns of a rebalance with its next heartbeat: a move of partitions takes two to three of them
    ("heartbeat.interval.ms", "1000"),
    ("max.poll.interval.ms", "300000"),
    ("check.crcs", "true"),
    // a client that has forgotten every broker is known by what it tells of itself
    ("statistics.interval.ms", "3000"),
];

/// What the guarantees rest on: set last.
const CONSUMER_FIXED: &[(&str, &str)] = &[
    // positions are owned by PostgreSQL; the library must not commit what is not stored
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    // any other policy skips lost records without a word
    ("auto.offset.reset", "error"),
    ("partition.assignment.strategy", "cooperative-sticky"),
    ("group.protocol", "classic"),
    ("isolation.level", "read_committed"),
    ("allow.auto.create.topics", "false"),
    ("enable.partition.eof", "false"),
];

/// Other spellings of fixed settings, and ones that would undermine them.
const DROPPED: &[&str] = &[
    "metadata.broker.list",
    "auto.commit.enable",
    "offset.store.method",
    "plugin.library.paths",
];

const PRODUCER_DEFAULTS: &[(&str, &str)] = &[
    ("compression.type", "lz4"),
    ("linger.ms", "10"),
    ("queue.buffering.max.messages", "100000"),
    ("queue.buffering.max.kbytes", "65536"),
    ("delivery.timeout.ms", "30000"),
    // the partition that Kafka's own client would choose for the key
    ("partitioner", "murmur2_random"),
];

const PRODUCER_FIXED: &[(&str, &str)] = &[
    ("acks", "all"),
    ("enable.idempotence", "true"),
    ("allow.auto.create.topics", "false"),
];

/// Settings of the consumer and of the client that answers questions.
pub(super) fn consumer_settings(settings: &Settings) -> BTreeMap<String, String> {
    let mut merged = merge(settings, CONSUMER_DEFAULTS, CONSUMER_FIXED);
    merged.insert("group.id".to_owned(), settings.group_id.clone());
    merged
}

/// Settings of the producer.
pub(super) fn producer_settings(settings: &Settings) -> BTreeMap<String, String> {
    merge(settings, PRODUCER_DEFAULTS, PRODUCER_FIXED)
}

/// Settings of the client that makes and describes topics.
pub(super) fn admin_settings(settings: &Settings) -> BTreeMap<String, String> {
    merge(settings, &[], &[("allow.auto.create.topics", "false")])
}

/// The configuration that the library is given.
pub(super) fn client_config(merged: BTreeMap<String, String>) -> ClientConfig {
    let mut config: ClientConfig = merged.into_iter().collect();
    // a user who sets the library's `debug` wants to see its lines
    let debug = config.get("debug").is_some();
    config.set_log_level(if debug {
        RDKafkaLogLevel::Debug
    } else {
        RDKafkaLogLevel::Info
    });
    config
}

/// Says what is wrong with the value of one of the library's own settings. Makes no client and connects to nothing, so
/// that what only several settings together make wrong is left to the making of one.
pub fn judge(name: &str, value: &str) -> Result<(), String> {
    let mut config = ClientConfig::new();
    config.set(name, value);
    match config.create_native_config() {
        Ok(_) => Ok(()),
        Err(KafkaError::ClientConfig(_, why, ..)) => Err(why.trim_end().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn merge(settings: &Settings, defaults: &[(&str, &str)], fixed: &[(&str, &str)]) -> BTreeMap<String, String> {
    let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let pair = |&(key, value): &(&str, &str)| (key.to_owned(), value.to_owned());
        pairs.iter().map(pair).collect()
    };
    let mut merged: BTreeMap<String, String> = own(CLIENT_DEFAULTS).into_iter().collect();
    merged.extend(own(defaults));
    merged.extend(settings.properties.clone());
    merged.retain(|key, _| !DROPPED.contains(&key.as_str()));
    merged.extend(own(fixed));
    merged.insert("bootstrap.servers".to_owned(), settings.brokers.clone());
    merged
}

#[cfg(test)]
mod tests;
