//! Whether a log is the one whose records are stored, or that of a topic made anew under the same name.

use super::source::{Lookup, SourceError, Timestamps};
use super::store::Claimed;
use crate::position::{TopicPartition, Watermarks};
use std::collections::BTreeMap;

/// How the logs of these partitions show that they are not those whose records are stored. The marks have to be younger
/// than the positions: an owner may store more in between, and a position beyond an end seen earlier would look like a
/// topic made anew. A log that no longer holds the last stored record, or in which it cannot be read, tells nothing.
pub async fn made_anew(
    lookup: &impl Lookup,
    stored: &BTreeMap<TopicPartition, Claimed>,
    marks: &BTreeMap<TopicPartition, Watermarks>,
) -> Result<BTreeMap<TopicPartition, String>, SourceError> {
    let (mut anew, mut offsets) = (BTreeMap::new(), BTreeMap::new());
    for (partition, claimed) in stored {
        if let Some(why) = told_already(claimed, marks.get(partition)) {
            anew.insert(partition.clone(), why);
        } else if let Some(last) = claimed.last_record {
            offsets.insert(partition.clone(), last.offset);
        }
    }
    for (partition, there) in timestamps(lookup, offsets, marks).await? {
        let last = stored.get(&partition).and_then(|claimed| claimed.last_record);
        if let (Some(last), Ok(there)) = (last, there)
            && last.timestamp != there
        {
            let why = format!(
                "at offset {}, where the last stored record was, the log holds another: the topic was made anew",
                last.offset
            );
            anew.insert(partition, why);
        }
    }
    Ok(anew)
}

/// What the position tells without a look at a record.
fn told_already(claimed: &Claimed, marks: Option<&Watermarks>) -> Option<String> {
    if let Some(why) = claimed.halted.as_ref().and_then(|why| why.strip_prefix("mismatch: ")) {
        return Some(why.to_owned());
    }
    let (next_offset, end_offset) = (claimed.next_offset, marks?.end_offset);
    (next_offset > end_offset)
        .then(|| format!("the position is {next_offset}, but the log ends at {end_offset}: the topic was made anew"))
}

/// The timestamps of the records at these offsets, as far as the log holds some there.
pub(super) async fn timestamps(
    lookup: &impl Lookup,
    mut offsets: BTreeMap<TopicPartition, i64>,
    marks: &BTreeMap<TopicPartition, Watermarks>,
) -> Result<Timestamps, SourceError> {
    offsets.retain(|partition, offset| {
        let marks = marks.get(partition);
        marks.is_some_and(|marks| (marks.low_offset..marks.end_offset).contains(offset))
    });
    if offsets.is_empty() {
        return Ok(BTreeMap::new());
    }
    lookup.timestamps_at(offsets).await
}
