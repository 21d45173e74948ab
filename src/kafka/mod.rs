//! The log: the only room that knows the Kafka client.
//!
//! Enters: settings and the commands of the pipeline. Leaves: records with owned bytes, and what the
//! group and the broker did. One thread polls the client; it never touches the database and never waits
//! for anything longer than it may without the group noticing. No type of the client leaves this room.
//!
//! ```text
//! KafkaSource ──commands──▶ poll thread ──control──▶ KafkaSource::next
//!                               │  └──────records──▶ KafkaSource::next
//!                           the client
//! ```

mod assignment;
mod certificates;
mod chunk;
mod cluster;
mod connections;
mod context;
mod error;
mod fault;
mod header;
mod intake;
mod list;
mod lookup;
mod maker;
mod outlet;
mod pauses;
mod poll;
mod producer;
mod range;
mod readings;
mod rights;
mod settings;
mod single;
mod source;
mod topics;

pub use cluster::{Cluster, Topic, describe};
pub use error::ClientError;
pub use lookup::KafkaLookup;
pub use producer::{Outgoing, Producer};
pub use range::{RangeReader, Read};
pub use rights::{Attempt, Tried, try_reading};
pub use settings::{InitialPosition, Settings, judge};
pub use source::KafkaSource;
pub use topics::ensure_topics;

/// Version of the client library.
#[must_use]
pub fn client_version() -> String {
    rdkafka::util::get_rdkafka_version().1
}
