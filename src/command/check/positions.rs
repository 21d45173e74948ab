//! Positions: whether the log still holds what the group has to read next.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::finding::{Check, Finding, Verdict};
use crate::command::wiring;
use crate::config::{Config, OnGap};
use crate::kafka::{Cluster, KafkaLookup};
use crate::pipeline::{Claimed, Lookup, Store, made_anew};
use crate::position::{TopicPartition, Watermarks};

/// Compares the stored positions with the log; needs broker and schema.
pub(super) async fn look(config: &Config, cluster: Option<&Cluster>, database: &[Finding]) -> Vec<Finding> {
    let skip = |why: &str| vec![Finding::skip(Check::Positions, why)];
    let has_schema = database
        .iter()
        .any(|finding| finding.check == Check::Schema && finding.verdict == Verdict::Ok);
    let Some(cluster) = cluster else {
        return skip("no broker was reached");
    };
    if !has_schema {
        return skip("the schema is not there or not this program's");
    }
    let partitions = partitions(cluster);
    if partitions.is_empty() {
        return skip("there is no topic");
    }
    match read(config, partitions).await {
        Ok(positions) => judge(config.kafka.on_gap, &positions),
        Err(error) => vec![Finding::fail(
            Check::Positions,
            error,
            "look at the checks above, at the rights of this client and role, and try again",
        )],
    }
}

/// The partitions of a topic are numbered from 0 on without a gap.
fn partitions(cluster: &Cluster) -> Vec<TopicPartition> {
    let topics = cluster.topics.iter();
    topics
        .flat_map(|topic| {
            let name: Arc<str> = Arc::from(topic.name.as_str());
            let count = i32::try_from(topic.partitions).unwrap_or(i32::MAX);
            (0..count).map(move |partition| TopicPartition::new(Arc::clone(&name), partition))
        })
        .collect()
}

/// The two sides, and how logs show that they are not those that the positions are of.
#[derive(Debug, Default)]
struct Positions {
    stored: BTreeMap<TopicPartition, Claimed>,
    marks: BTreeMap<TopicPartition, Watermarks>,
    anew: BTreeMap<TopicPartition, String>,
}

async fn read(config: &Config, partitions: Vec<TopicPartition>) -> Result<Positions, String> {
    let topics: Vec<Arc<str>> = config
        .kafka
        .topics
        .iter()
        .map(|topic| Arc::from(topic.as_str()))
        .collect();
    let lookup = KafkaLookup::open(&wiring::kafka_settings(config)).map_err(|error| error.to_string())?;
    let store = wiring::store(config);
    let stored = store.positions(topics).await;
    let stored = stored.map_err(|failure| format!("the stored positions cannot be read: {}", failure.message))?;
    // younger than the positions, as the comparison needs them
    let marks = lookup.watermarks(partitions).await;
    let marks = marks.map_err(|error| error.to_string())?;
    let anew = made_anew(&lookup, &stored, &marks).await;
    let anew = anew.map_err(|error| error.to_string())?;
    Ok(Positions { stored, marks, anew })
}

fn judge(on_gap: OnGap, positions: &Positions) -> Vec<Finding> {
    let Positions { stored, marks, anew } = positions;
    let one = |(partition, claimed): (&TopicPartition, &Claimed)| {
        let log = marks.get(partition).map(|marks| (marks, anew.get(partition)));
        judge_one(on_gap, partition, claimed, log)
    };
    let mut findings: Vec<_> = stored.iter().filter_map(one).collect();
    let known = marks.keys().filter(|partition| stored.contains_key(partition)).count();
    if findings.is_empty() {
        let new = marks.len() - known;
        findings.push(Finding::ok(
            Check::Positions,
            format!("{known} within the log, {new} of partitions that the group has not read yet"),
        ));
    }
    findings
}

fn judge_one(
    on_gap: OnGap,
    partition: &TopicPartition,
    claimed: &Claimed,
    log: Option<(&Watermarks, Option<&String>)>,
) -> Option<Finding> {
    let next_offset = claimed.next_offset;
    let fail = |found: String, remedy: &str| Some(Finding::fail(Check::Positions, found, remedy));
    let Some((marks, anew)) = log else {
        return Some(Finding::warn(
            Check::Positions,
            format!("{partition} has a stored position, and the topic has no such partition"),
            "if the topic was made anew, read it under another kafka.group_id",
        ));
    };
    if let Some(why) = &claimed.halted {
        return fail(format!("{partition} stands still: {why}"), GO_ON);
    }
    if let Some(why) = anew {
        return fail(format!("{partition}: {why}"), GO_ON_ANEW);
    }
    if next_offset >= marks.low_offset {
        return None;
    }
    let low = marks.low_offset;
    let found = format!("{partition} is at {next_offset}, and the log begins at {low}: what lies between is gone");
    match on_gap {
        OnGap::Halt => fail(found, GO_ON_BEHIND),
        OnGap::Skip => Some(Finding::warn(
            Check::Positions,
            found,
            "nothing: the worker goes on at the oldest record (kafka.on_gap = \"skip\")",
        )),
    }
}

const GO_ON: &str = "`audiohm-ingest positions resume` says what going on loses, and asks";
const GO_ON_ANEW: &str = "once the worker has halted it, `audiohm-ingest positions resume` says what going on loses, and \
                          asks";
const GO_ON_BEHIND: &str = "once the worker has halted it, `audiohm-ingest positions resume` says what going on loses, and \
                            asks; or set kafka.on_gap = \"skip\"";

#[cfg(test)]
mod tests;
