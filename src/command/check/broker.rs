//! The broker and the topics.

use super::finding::{Check, Finding, skip_rest};
use super::{kafka_rights, topic};
use crate::command::wiring;
use crate::config::Config;
use crate::kafka::{ClientError, Cluster, describe};

/// What the brokers told, if they did, and what to think of it.
pub(super) struct Log {
    pub(super) cluster: Option<Cluster>,
    pub(super) findings: Vec<Finding>,
}

/// Checks that need a broker.
const OF_BROKER: &[Check] = &[Check::Topic, Check::RecordTimes, Check::Retention, Check::KafkaRights];

/// Asks the brokers about themselves and the topics, and tries to read; takes seconds where they are well.
pub(super) async fn look(config: &Config) -> Log {
    let brokers = &config.kafka.brokers;
    match describe(&wiring::kafka_settings(config), &config.kafka.topics).await {
        Ok(cluster) => {
            let many = if cluster.brokers == 1 { "broker" } else { "brokers" };
            let found = format!("{} {many}, reached at {brokers}", cluster.brokers);
            let mut findings = vec![Finding::ok(Check::Broker, found)];
            findings.extend(cluster.topics.iter().flat_map(topic::judge));
            findings.extend(kafka_rights::look(config, &cluster).await);
            Log {
                cluster: Some(cluster),
                findings,
            }
        }
        Err(error) => {
            let (found, advice) = match error {
                ClientError::Unreachable(reason) => (
                    format!("no broker answers at {brokers}: {reason}"),
                    "start Kafka, or correct kafka.brokers and what kafka.properties says of TLS and SASL",
                ),
                other => (other.to_string(), "correct kafka.brokers and kafka.properties"),
            };
            let mut findings = vec![Finding::fail(Check::Broker, found, advice)];
            skip_rest(&mut findings, OF_BROKER, "no broker was reached");
            Log {
                cluster: None,
                findings,
            }
        }
    }
}
