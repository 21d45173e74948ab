//! Tells what there is: brokers, topics, and how the topics are set. Not part of the stream.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::admin::{AdminOptions, ConfigResource, OwnedResourceSpecifier, ResourceSpecifier};
use rdkafka::client::Client as Base;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::metadata::MetadataTopic;
use tokio::task;

use super::assignment::Client;
use super::context::Context;
use super::error::{ClientError, check_topic_name};
use super::settings::{REQUEST_TIMEOUT, Settings, client_config, consumer_settings};
use super::topics::admin;

/// How many of a client's events are looked at for the reason why it reaches nobody.
const EVENTS: usize = 20;

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
    /// How many partitions; 0 if the topic does not exist, or is not shown to this client.
    pub partitions: usize,
    /// How many of them have no leader now.
    pub leaderless: usize,
    /// Its settings by name, the broker's defaults included; none if the broker does not show them: that is a
    /// right which the worker does not need.
    pub settings: Option<BTreeMap<String, String>>,
}

impl Topic {
    /// Whether every partition can be read and written.
    pub(super) fn is_led(&self) -> bool {
        self.partitions > 0 && self.leaderless == 0
    }
}

/// Asks the brokers about themselves and the named topics. Takes about ten seconds at most.
pub async fn describe(settings: &Settings, names: &[String]) -> Result<Cluster, ClientError> {
    names.iter().try_for_each(|name| check_topic_name(name))?;
    let mut cluster = reach(settings, names).await?;
    let existing: Vec<_> = cluster.topics.iter_mut().filter(|topic| topic.partitions > 0).collect();
    describe_settings(settings, existing).await?;
    Ok(cluster)
}

/// By a client that can be polled: it tells why it reaches nobody, where the client for administration is silent.
async fn reach(settings: &Settings, names: &[String]) -> Result<Cluster, ClientError> {
    let config = client_config(consumer_settings(settings));
    let client = Client::from_config_and_context(&config, Context::new()).map_err(ClientError::Settings)?;
    let names = names.to_vec();
    let question = move || {
        ask(client.client(), &names).map_err(|failure| {
            let reason = first_trouble(&client).unwrap_or_else(|| failure.to_string());
            ClientError::Unreachable(reason)
        })
    };
    match task::spawn_blocking(question).await {
        Ok(answer) => answer,
        Err(_) => Err(ClientError::Broker(KafkaError::Canceled)),
    }
}

/// The first error that names a cause; that all brokers are away is none.
fn first_trouble(client: &Client) -> Option<String> {
    let mut away = None;
    for _ in 0..EVENTS {
        // nothing may also stand for an event that is no error
        let Some(event) = client.poll(Duration::from_millis(10)) else {
            continue;
        };
        let reason = client.context().take_reason();
        match event {
            Err(failure) if failure.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown) => away = reason,
            Err(_) if reason.is_some() => return reason,
            _ => {}
        }
    }
    away
}

/// One question about all topics: asking for one that does not exist would be an error of its own.
pub(super) fn ask<C: ClientContext>(client: &Base<C>, names: &[String]) -> KafkaResult<Cluster> {
    let metadata = client.fetch_metadata(None, REQUEST_TIMEOUT)?;
    let topic = |name: &String| {
        let found = metadata.topics().iter().find(|topic| topic.name() == name);
        let partitions = found.map_or_else(Default::default, MetadataTopic::partitions);
        Topic {
            name: name.clone(),
            partitions: partitions.len(),
            leaderless: partitions.iter().filter(|partition| partition.leader() < 0).count(),
            settings: None,
        }
    };
    Ok(Cluster {
        brokers: metadata.brokers().len(),
        topics: names.iter().map(topic).collect(),
    })
}

async fn describe_settings(settings: &Settings, topics: Vec<&mut Topic>) -> Result<(), ClientError> {
    if topics.is_empty() {
        return Ok(());
    }
    let client = admin(settings)?;
    let options = AdminOptions::new().request_timeout(Some(REQUEST_TIMEOUT));
    let resources: Vec<_> = topics
        .iter()
        .map(|topic| ResourceSpecifier::Topic(&topic.name))
        .collect();
    let Ok(answer) = client.describe_configs(&resources, &options).await else {
        return Ok(());
    };
    let mut shown: BTreeMap<String, BTreeMap<String, String>> = answer
        .into_iter()
        .filter_map(|resource| values(resource.ok()?))
        .collect();
    for topic in topics {
        topic.settings = shown.remove(&topic.name);
    }
    Ok(())
}

fn values(resource: ConfigResource) -> Option<(String, BTreeMap<String, String>)> {
    let OwnedResourceSpecifier::Topic(name) = resource.specifier else {
        return None;
    };
    let entries = resource.entries.into_iter();
    let values: BTreeMap<_, _> = entries.filter_map(|entry| Some((entry.name, entry.value?))).collect();
    // where the right is wanting, the client library gives a resource without entries
    (!values.is_empty()).then_some((name, values))
}
