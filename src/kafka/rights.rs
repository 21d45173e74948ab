//! Tries whether this client may read. Kafka tells rights only to whom it gives a right to ask, so they are tried:
//! by asking for the group's offsets, and by fetching from the end of a partition. Nothing is joined or committed.

use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::Offset;
use tokio::task;

use super::assignment::Client;
use super::context::Context;
use super::error::ClientError;
use super::list;
use super::settings::{REQUEST_TIMEOUT, Settings, client_config, consumer_settings};
use crate::position::TopicPartition;

/// How many of a client's events are looked at for the reason of a failure.
const EVENTS: usize = 20;

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It was let.
    Allowed,
    /// The broker refused it for want of a right.
    Refused,
    /// It came to nothing for another reason.
    Unclear(String),
}

/// What was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Asking for the offsets of the group.
    pub group: Attempt,
    /// Reading each of the topics.
    pub topics: Vec<(String, Attempt)>,
}

/// Tries the group and the topics, which have to exist. Takes about five seconds for each at most.
pub async fn try_reading(settings: &Settings, topics: Vec<String>) -> Result<Tried, ClientError> {
    let mut config = client_config(consumer_settings(settings));
    // a fetch that was let and found nothing says so, and soon
    config
        .set("enable.partition.eof", "true")
        .set("fetch.wait.max.ms", "10");
    let client = Client::from_config_and_context(&config, Context::new()).map_err(ClientError::Settings)?;
    let question = move || Tried {
        group: ask_group(&client, &topics),
        topics: topics
            .iter()
            .map(|topic| (topic.clone(), attempt(fetch(&client, topic))))
            .collect(),
    };
    task::spawn_blocking(question)
        .await
        .map_err(|_| ClientError::Broker(KafkaError::Canceled))
}

fn attempt(tried: KafkaResult<()>) -> Attempt {
    let Err(error) = tried else { return Attempt::Allowed };
    match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::GroupAuthorizationFailed) => {
            Attempt::Refused
        }
        _ => Attempt::Unclear(error.to_string()),
    }
}

fn ask_group(client: &Client, topics: &[String]) -> Attempt {
    let partition = |topic: &String| TopicPartition::new(topic.as_str(), 0);
    let partitions: Vec<_> = topics.iter().map(partition).collect();
    match client.committed_offsets(list::bare(&partitions), REQUEST_TIMEOUT) {
        // the client looks for the group's coordinator until time is up, and tells beside it that it may not
        Err(_) if is_refused_beside(client) => Attempt::Refused,
        asked => attempt(asked.map(drop)),
    }
}

fn is_refused_beside(client: &Client) -> bool {
    let mut events = (0..EVENTS).filter_map(|_| client.poll(Duration::from_millis(10)));
    events.any(|event| {
        event.is_err_and(|error| error.rdkafka_error_code() == Some(RDKafkaErrorCode::GroupAuthorizationFailed))
    })
}

/// Without the group: partitions that are assigned by hand are nobody else's business.
fn fetch(client: &Client, topic: &str) -> KafkaResult<()> {
    let partition = TopicPartition::new(topic, 0);
    client.assign(&list::at([(&partition, Offset::End)])?)?;
    let fetched = await_fetch(client, topic);
    client.assign(&TopicPartitionList::new())?;
    fetched
}

fn await_fetch(client: &Client, topic: &str) -> KafkaResult<()> {
    let deadline = Instant::now() + REQUEST_TIMEOUT;
    while Instant::now() < deadline {
        match client.poll(Duration::from_millis(100)) {
            Some(Ok(record)) if rdkafka::Message::topic(&record) == topic => return Ok(()),
            Some(Err(KafkaError::PartitionEOF(_))) => return Ok(()),
            Some(Err(error)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::TopicAuthorizationFailed) => {
                return Err(error);
            }
            // of a broker that comes and goes, or nothing yet
            _ => {}
        }
    }
    Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_for_want_of_a_right_counts_as_one() {
        let topic = KafkaError::MessageConsumption(RDKafkaErrorCode::TopicAuthorizationFailed);
        assert_eq!(attempt(Err(topic)), Attempt::Refused);
        let group = KafkaError::MetadataFetch(RDKafkaErrorCode::GroupAuthorizationFailed);
        assert_eq!(attempt(Err(group)), Attempt::Refused);
        let away = KafkaError::MetadataFetch(RDKafkaErrorCode::OperationTimedOut);
        assert!(matches!(attempt(Err(away)), Attempt::Unclear(_)));
        assert_eq!(attempt(Ok(())), Attempt::Allowed);
    }
}
