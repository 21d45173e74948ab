//! Topics that were made anew: what a replay reads of them are other records than those whose letters are stored.

use crate::command::exit::{Exit, Failure};
use crate::command::wiring;
use crate::config::Config;
use crate::kafka::KafkaLookup;
use crate::pipeline::{Lookup, Store, made_anew};
use crate::position::{OffsetRange, TopicPartition};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a person does about it.
pub(super) const SETTLE: &str = "`audiohm-ingest positions show` tells how it stands, and `positions resume` or `positions set` \
                                 settles it (runbook IngestMismatch)";

/// The partitions that there is something to read of and whose logs are not those that the group has stored of, with why.
pub(super) async fn look(
    lookup: &KafkaLookup,
    ranges: &[OffsetRange],
    config: &Config,
) -> Result<BTreeMap<TopicPartition, String>, Failure> {
    let read = ranges.iter().filter(|range| range.offsets() > 0);
    let partitions: Vec<TopicPartition> = read.map(|range| range.partition.clone()).collect();
    let topics: BTreeSet<Arc<str>> = partitions
        .iter()
        .map(|partition| Arc::clone(&partition.topic))
        .collect();
    let mut stored = wiring::store(config).positions(topics.into_iter().collect()).await?;
    let marks = lookup.watermarks(partitions).await?;
    stored.retain(|partition, _| marks.contains_key(partition));
    Ok(made_anew(lookup, &stored, &marks).await?)
}

/// Such partitions are not read.
pub(super) fn refuse(anew: &BTreeMap<TopicPartition, String>, consequence: &str) -> Result<(), Failure> {
    if anew.is_empty() {
        return Ok(());
    }
    let all: Vec<String> = anew
        .iter()
        .map(|(partition, why)| format!("{partition}: {why}"))
        .collect();
    let message = format!("{}; {consequence}. {SETTLE}", all.join("; "));
    Err(Failure::new(Exit::Failed, message))
}
