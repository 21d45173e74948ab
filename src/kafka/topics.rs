//! Makes topics and tells what there is, for the commands around the worker. Not part of the stream.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::MetadataTopic;
use tokio::task;
use tokio::time::sleep;

use super::context::Context;
use super::error::{ClientError, check_topic_name};
use super::settings::{REQUEST_TIMEOUT, Settings, admin_settings, client_config};

/// How long a new topic may take until each of its partitions has a leader.
const READY: Duration = Duration::from_secs(15);

/// What the brokers say of themselves and of the topics asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Number of brokers.
    pub brokers: usize,
    /// One for each name, in the order asked.
    pub topics: Vec<Topic>,
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// How many partitions; 0 if the topic does not exist.
    pub partitions: usize,
    /// The setting `cleanup.policy`, if the topic exists and the broker lets us see it.
    pub cleanup_policy: Option<String>,
}

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
        let seen = look(client, names).await?;
        let Some(topic) = seen.without_leader else {
            return Ok(());
        };
        if Instant::now() > deadline {
            return Err(ClientError::Topic {
                topic,
                reason: "not all partitions have a leader".to_owned(),
            });
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Asks the brokers about themselves and the named topics.
pub async fn describe(settings: &Settings, names: &[String]) -> Result<Cluster, ClientError> {
    names.iter().try_for_each(|name| check_topic_name(name))?;
    let client = admin(settings)?;
    let mut cluster = look(&client, names).await?.cluster;
    for topic in cluster.topics.iter_mut().filter(|topic| topic.partitions > 0) {
        topic.cleanup_policy = cleanup_policy(&client, &topic.name).await;
    }
    Ok(cluster)
}

/// None if the broker does not show it: a right that the worker does not need.
async fn cleanup_policy(client: &Admin, name: &str) -> Option<String> {
    let options = AdminOptions::new().request_timeout(Some(REQUEST_TIMEOUT));
    let asked = client
        .describe_configs([&ResourceSpecifier::Topic(name)], &options)
        .await
        .ok()?;
    let resource = asked.into_iter().next()?.ok()?;
    resource.get("cleanup.policy")?.value.clone()
}

type Admin = AdminClient<Context>;

fn admin(settings: &Settings) -> Result<Arc<Admin>, ClientError> {
    let config = client_config(admin_settings(settings));
    let client = Admin::from_config_and_context(&config, Context::new()).map_err(ClientError::Settings)?;
    Ok(Arc::new(client))
}

struct Seen {
    cluster: Cluster,
    without_leader: Option<String>,
}

async fn look(client: &Arc<Admin>, names: &[String]) -> Result<Seen, ClientError> {
    let (client, names) = (Arc::clone(client), names.to_vec());
    let question = move || {
        // all topics at once: asking for one that does not exist would be an error of its own
        let metadata = client.inner().fetch_metadata(None, REQUEST_TIMEOUT)?;
        let found = |name: &String| metadata.topics().iter().find(|topic| topic.name() == name);
        let partitions = |name: &String| found(name).map_or(0, |topic| topic.partitions().len());
        let led = |topic: &MetadataTopic| {
            let partitions = topic.partitions();
            !partitions.is_empty() && partitions.iter().all(|partition| partition.leader() >= 0)
        };
        let without_leader = names.iter().find(|name| !found(name).is_some_and(led)).cloned();
        let topic = |name: &String| Topic {
            name: name.clone(),
            partitions: partitions(name),
            cleanup_policy: None,
        };
        let topics = names.iter().map(topic).collect();
        Ok(Seen {
            cluster: Cluster {
                brokers: metadata.brokers().len(),
                topics,
            },
            without_leader,
        })
    };
    match task::spawn_blocking(question).await {
        Ok(answer) => answer.map_err(ClientError::Broker),
        Err(_) => Err(ClientError::Broker(KafkaError::Canceled)),
    }
}
