//! One try to claim partitions: the right to store their positions, and where to begin.

use super::anew::{made_anew, timestamps};
use super::source::{Lookup, SourceError, Unreadable};
use super::store::{Claimed, Failure, FailureKind, Store};
use crate::position::{Generation, TopicPartition, Watermarks};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a claim found out about one partition.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) partition: TopicPartition,
    pub(super) claimed: Claimed,
    pub(super) watermarks: Watermarks,
    /// How the log shows that it is not the one whose records are stored, if it does.
    pub(super) anew: Option<String>,
    /// Why the record at the position cannot be read, if that was in doubt and is so.
    pub(super) unreadable: Option<Unreadable>,
}

/// How a claim ended. The worker decides whether a failed one is repeated: it knows whether the partitions are
/// still its own.
#[derive(Debug)]
pub(super) struct Answer {
    /// Tells this claim from every other.
    pub(super) generation: Generation,
    /// What was claimed.
    pub(super) partitions: Vec<TopicPartition>,
    pub(super) found: Result<Vec<Found>, ClaimError>,
}

/// Why a claim has to be tried again.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClaimError {
    #[error(transparent)]
    Store(#[from] Failure),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("the log does not list {0}")]
    Unlisted(TopicPartition),
}

impl ClaimError {
    /// What follows from the failure.
    pub(super) fn kind(&self) -> FailureKind {
        match self {
            Self::Store(failure) => failure.kind,
            Self::Source(_) | Self::Unlisted(_) => FailureKind::Outage,
        }
    }
}

/// Claims partitions. Those that the log does not list are missing in the answer. If they are in doubt, the record at
/// each position is read as well.
pub(super) async fn claim(
    store: &impl Store,
    lookup: &impl Lookup,
    partitions: &[TopicPartition],
    in_doubt: bool,
) -> Result<Vec<Found>, ClaimError> {
    let mut claimed = store.claim(partitions.to_vec()).await?;
    let unknown: Vec<_> = partitions
        .iter()
        .filter(|partition| !claimed.contains_key(partition))
        .cloned()
        .collect();
    if !unknown.is_empty() {
        store.enter(first_offsets(store, lookup, &unknown).await?).await?;
        claimed.extend(store.claim(unknown).await?);
    }
    // younger than the claim, as the comparison needs them
    let watermarks = lookup.watermarks(partitions.to_vec()).await?;
    let mut moving = claimed.clone();
    moving.retain(|_, claimed| claimed.halted.is_none());
    let mut anew = made_anew(lookup, &moving, &watermarks).await?;
    let in_doubt = moving.into_iter().filter(|_| in_doubt);
    let next = in_doubt.map(|(partition, claimed)| (partition, claimed.next_offset));
    let next_records = timestamps(lookup, next.collect(), &watermarks).await?;
    let found = |(partition, claimed): (TopicPartition, Claimed)| {
        Some(Found {
            watermarks: *watermarks.get(&partition)?,
            anew: anew.remove(&partition),
            unreadable: next_records.get(&partition).and_then(|next| next.clone().err()),
            partition,
            claimed,
        })
    };
    Ok(claimed.into_iter().filter_map(found).collect())
}

/// Where partitions begin that the group has never read. A topic that is new to the group begins where the
/// settings say, all its partitions at once: were they entered one by one, a partition that another worker enters
/// a little later would look like one added to a topic that is read already, and those begin at their beginning.
async fn first_offsets(
    store: &impl Store,
    lookup: &impl Lookup,
    unknown: &[TopicPartition],
) -> Result<BTreeMap<TopicPartition, i64>, ClaimError> {
    let topics: BTreeSet<Arc<str>> = unknown.iter().map(|partition| Arc::clone(&partition.topic)).collect();
    let known = store.positions(topics.iter().cloned().collect()).await?;
    let mut offsets = BTreeMap::new();
    for topic in topics {
        if known.keys().any(|partition| partition.topic == topic) {
            let added = unknown
                .iter()
                .filter(|partition| partition.topic == topic)
                .cloned()
                .collect();
            let watermarks = lookup.watermarks(added).await?;
            offsets.extend(
                watermarks
                    .into_iter()
                    .map(|(partition, marks)| (partition, marks.low_offset)),
            );
        } else {
            offsets.extend(lookup.initial_offsets(&topic).await?);
        }
    }
    Ok(offsets)
}
