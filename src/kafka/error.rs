//! What can go wrong where this room is entered.

use rdkafka::error::KafkaError;

/// A Kafka client could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The settings make no client.
    #[error("the kafka client refuses its settings: {0}; look at kafka.brokers and kafka.properties")]
    Settings(#[source] KafkaError),
    /// A name that no broker accepts.
    #[error("{0:?} is no name of a topic: use 1 to 249 of a-z, A-Z, 0-9, dot, underscore and hyphen")]
    TopicName(String),
    /// The operating system gave no thread.
    #[error("the thread that polls kafka cannot be started: {0}")]
    Thread(#[source] std::io::Error),
    /// No broker answered, or it refused the request.
    #[error("kafka did not do it: {0}; look at kafka.brokers, the broker and the rights of this client")]
    Broker(#[source] KafkaError),
    /// No broker answered; the text is the client's, of the first thing that went wrong.
    #[error("no broker answered: {0}")]
    Unreachable(String),
    /// The broker refused one topic.
    #[error("topic {topic}: {reason}")]
    Topic {
        /// Name of the topic.
        topic: String,
        /// What the broker said.
        reason: String,
    },
    /// Records that the broker did not take; they may or may not be in the log.
    #[error("{count} of the records sent were not acknowledged; the first because: {first}")]
    Delivery {
        /// How many.
        count: u64,
        /// The client's text for the first of them.
        first: String,
    },
}

/// Refuses what the client would panic on, or would ask the broker for without end.
pub(super) fn check_topic_name(name: &str) -> Result<(), ClientError> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let dots = name == "." || name == "..";
    if (1..=249).contains(&name.len()) && name.bytes().all(legal) && !dots {
        Ok(())
    } else {
        Err(ClientError::TopicName(name.to_owned()))
    }
}
