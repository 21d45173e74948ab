//! Makes topics, for the commands around the worker. Not part of the stream.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::task;
use tokio::time::sleep;

use super::cluster::{self, Topic};
use super::context::Context;
use super::error::{ClientError, check_topic_name};
use super::settings::{REQUEST_TIMEOUT, Settings, admin_settings, client_config};

/// How long a new topic may take until each of its partitions has a leader.
const READY: Duration = Duration::from_secs(15);

/// Makes the topics that do not exist, with the broker's own replication factor, and waits until they can be
/// written. Returns the names of those that were made.
pub async fn ensure_topics(settings: &Settings, names: &[String], partitions: i32) -> Result<Vec<String>, ClientError> {
    names.iter().try_for_each(|name| check_topic_name(name))?;
    let client = admin(settings)?;
    let new = |name| NewTopic::new(name, partitions, TopicReplication::Fixed(-1));
    let wanted: Vec<_> = names.iter().map(|name| new(name)).collect();
    let options = AdminOptions::new()
        .request_timeout(Some(REQUEST_TIMEOUT))
        .operation_timeout(Some(REQUEST_TIMEOUT));
    let results = client.create_topics(&wanted, &options).await;
    let mut made = Vec::new();
    for result in results.map_err(ClientError::Broker)? {
        match result {
            Ok(name) => made.push(name),
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => {
                return Err(ClientError::Topic {
                    topic,
                    reason: code.to_string(),
                });
            }
        }
    }
    wait_for_leaders(&client, names).await?;
    Ok(made)
}

async fn wait_for_leaders(client: &Arc<Admin>, names: &[String]) -> Result<(), ClientError> {
    let deadline = Instant::now() + READY;
    loop {
        let topics = look(client, names).await?;
        let Some(topic) = topics.into_iter().find(|topic| !topic.is_led()) else {
            return Ok(());
        };
        if Instant::now() > deadline {
            return Err(ClientError::Topic {
                topic: topic.name,
                reason: "not all partitions have a leader".to_owned(),
            });
        }
        sleep(Duration::from_millis(50)).await;
    }
}

pub(super) type Admin = AdminClient<Context>;

pub(super) fn admin(settings: &Settings) -> Result<Arc<Admin>, ClientError> {
    let config = client_config(admin_settings(settings));
    let client = Admin::from_config_and_context(&config, Context::new()).map_err(ClientError::Settings)?;
    Ok(Arc::new(client))
}

async fn look(client: &Arc<Admin>, names: &[String]) -> Result<Vec<Topic>, ClientError> {
    let (client, names) = (Arc::clone(client), names.to_vec());
    match task::spawn_blocking(move || cluster::ask(client.inner(), &names)).await {
        Ok(answer) => answer.map(|cluster| cluster.topics).map_err(ClientError::Broker),
        Err(_) => Err(ClientError::Broker(KafkaError::Canceled)),
    }
}
