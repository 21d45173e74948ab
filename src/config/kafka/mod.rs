//! `[kafka]`: which topics of which cluster, and as whom.

pub(super) mod properties;

use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;

use super::Judge;
use super::reader::Reader;
use super::value::Value;

/// The way to the records.
#[derive(Debug, Clone)]
pub struct Kafka {
    /// `host:port`, several with commas and nothing else between them.
    pub brokers: String,
    /// At least one, each once, all legal names.
    pub topics: Vec<String>,
    /// Of the live worker.
    pub group_id: String,
    /// Where PostgreSQL knows no position.
    pub initial_position: InitialPosition,
    /// Settings for librdkafka by their own names; none that the guarantee rests on. Any of them may be a secret.
    pub properties: BTreeMap<String, SecretString>,
    /// When the log no longer holds the position.
    pub on_gap: OnGap,
}

/// Where to start in a partition without a stored position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitialPosition {
    /// The oldest record there is.
    Earliest,
    /// What comes from now on.
    Latest,
    /// What the group has committed to Kafka, the oldest record where there is none.
    Committed,
}

/// What to do about records that Kafka deleted before they were stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnGap {
    /// Stop that partition until someone decides.
    Halt,
    /// Go on at the oldest record and count the loss.
    Skip,
}

impl Kafka {
    pub(super) fn read(reader: &mut Reader, judge: Judge) -> Option<Self> {
        let brokers = reader.read("kafka.brokers", brokers);
        let topics = reader.read("kafka.topics", topics);
        let group_id = reader.read("kafka.group_id", group_id);
        let initial_position = reader.read("kafka.initial_position", |it| {
            it.choice(&[
                ("earliest", InitialPosition::Earliest),
                ("latest", InitialPosition::Latest),
                ("committed", InitialPosition::Committed),
            ])
        });
        let properties = properties::read(reader, judge);
        let on_gap = reader.read("kafka.on_gap", |it| {
            it.choice(&[("halt", OnGap::Halt), ("skip", OnGap::Skip)])
        });
        Some(Self {
            brokers: brokers?,
            topics: topics?,
            group_id: group_id?,
            initial_position: initial_position?,
            properties,
            on_gap: on_gap?,
        })
    }
}

fn brokers(value: &Value) -> Result<String, String> {
    let text = value.text()?;
    let brokers: Vec<&str> = text.split(',').map(str::trim).collect();
    match brokers.iter().find(|broker| !is_broker(broker)) {
        None => Ok(brokers.join(",")),
        Some(wrong) => Err(format!(
            "expected host:port, several with commas between them, found `{wrong}`"
        )),
    }
}

fn is_broker(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    let bracketed = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let host_is_legal = if let Some(address) = bracketed {
        address.parse::<std::net::Ipv6Addr>().is_ok()
    } else {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        !host.is_empty() && host.bytes().all(legal)
    };
    host_is_legal && port.parse::<u16>().is_ok_and(|port| port > 0)
}

fn topics(value: &Value) -> Result<Vec<String>, String> {
    let topics = value.texts()?;
    if topics.is_empty() {
        return Err("names no topic".to_owned());
    }
    let mut seen = BTreeSet::new();
    for topic in &topics {
        if !is_topic(topic) {
            return Err(format!(
                "`{topic}` is no topic name: 1 to 249 letters, digits, dots, underscores and hyphens"
            ));
        }
        if !seen.insert(topic) {
            return Err(format!("names `{topic}` twice"));
        }
    }
    Ok(topics)
}

/// Kafka's own rule for topic names.
fn is_topic(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (1..=249).contains(&name.len()) && name.bytes().all(legal) && name != "." && name != ".."
}

fn group_id(value: &Value) -> Result<String, String> {
    let text = value.text()?;
    if text.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("has a line feed or another control character".to_owned());
    }
    Ok(text.to_owned())
}
