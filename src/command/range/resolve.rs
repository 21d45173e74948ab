//! From the two sides of a range to offsets, as the log is now.

use super::{Bound, RangeArgs};
use crate::command::exit::{Exit, Failure};
use crate::kafka::KafkaLookup;
use crate::pipeline::Lookup;
use crate::position::{OffsetRange, TopicPartition, Watermarks};
use chrono::Utc;
use std::collections::{BTreeMap, BTreeSet};

/// The range of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::command) struct PartitionRange {
    /// The offsets that the log holds of what was asked for.
    pub(in crate::command) range: OffsetRange,
    /// What has to be said aloud: that the log no longer holds what was asked for, or does not hold it yet.
    pub(in crate::command) note: Option<String>,
}

type Offsets = BTreeMap<TopicPartition, i64>;

/// The range of every partition that is meant, in their order; empty ones among them.
pub(in crate::command) async fn resolve(
    lookup: &KafkaLookup,
    configured: &[String],
    args: &RangeArgs,
) -> Result<Vec<PartitionRange>, Failure> {
    check_order(args)?;
    let partitions = partitions(lookup, &args.topics(configured), args).await?;
    let marks = lookup.watermarks(partitions.clone()).await?;
    let from = offsets(lookup, &partitions, &marks, &args.from).await?;
    let to = offsets(lookup, &partitions, &marks, &args.to).await?;
    let range = |partition: TopicPartition| {
        let marks = marks.get(&partition)?;
        let (from, to) = (*from.get(&partition)?, *to.get(&partition)?);
        Some(clamp(partition, *marks, (&args.from, from), (&args.to, to)))
    };
    Ok(partitions.into_iter().filter_map(range).collect())
}

/// A range that ends before it begins is a slip of the pen.
fn check_order(args: &RangeArgs) -> Result<(), Failure> {
    let reversed = match (&args.from, &args.to) {
        (Bound::Time(from), Bound::Time(to)) => from > to,
        (Bound::Ago(from), Bound::Ago(to)) => from < to,
        (Bound::Offset(from), Bound::Offset(to)) => from > to,
        _ => false,
    };
    if reversed {
        return Err(Failure::new(
            Exit::Usage,
            "--to lies before --from; give the earlier one to --from",
        ));
    }
    Ok(())
}

/// The partitions that are meant; what does not exist is refused.
async fn partitions(lookup: &KafkaLookup, topics: &[String], args: &RangeArgs) -> Result<Vec<TopicPartition>, Failure> {
    let mut all = Vec::new();
    for topic in topics {
        let found = lookup.partitions(topic).await?;
        if found.is_empty() {
            return Err(Failure::new(Exit::Failed, format!("there is no topic {topic}")));
        }
        all.extend(found);
    }
    for wanted in [
        Some(args.partition.iter().copied().collect()),
        listed(&args.from),
        listed(&args.to),
    ] {
        let wanted: BTreeSet<i32> = wanted.unwrap_or_default();
        if wanted.is_empty() {
            continue;
        }
        let is_there = |number: &i32| all.iter().any(|partition| partition.partition == *number);
        if let Some(missing) = wanted.iter().find(|number| !is_there(number)) {
            let message = format!("no partition {missing} is among those of {}", topics.join(", "));
            return Err(Failure::new(Exit::Failed, message));
        }
        all.retain(|partition| wanted.contains(&partition.partition));
    }
    Ok(all)
}

fn listed(bound: &Bound) -> Option<BTreeSet<i32>> {
    match bound {
        Bound::Offsets(offsets) => Some(offsets.keys().copied().collect()),
        _ => None,
    }
}

/// What a bound means in each partition, before it is compared with what the log holds.
pub(in crate::command) async fn offsets(
    lookup: &KafkaLookup,
    partitions: &[TopicPartition],
    marks: &BTreeMap<TopicPartition, Watermarks>,
    bound: &Bound,
) -> Result<Offsets, Failure> {
    let time = match bound {
        Bound::Time(time) => time.timestamp_millis(),
        Bound::Ago(ago) => {
            let ago = i64::try_from(ago.as_millis()).unwrap_or(i64::MAX);
            Utc::now().timestamp_millis().saturating_sub(ago)
        }
        Bound::Earliest => return Ok(of_marks(marks, |marks| marks.low_offset)),
        Bound::Latest => return Ok(of_marks(marks, |marks| marks.end_offset)),
        Bound::Offset(offset) => return Ok(of_marks(marks, |_| *offset)),
        Bound::Offsets(offsets) => {
            let of = |partition: &TopicPartition| Some((partition.clone(), *offsets.get(&partition.partition)?));
            return Ok(partitions.iter().filter_map(of).collect());
        }
    };
    Ok(lookup.offsets_at_time(partitions.to_vec(), time).await?)
}

fn of_marks(marks: &BTreeMap<TopicPartition, Watermarks>, side: impl Fn(&Watermarks) -> i64) -> Offsets {
    let of = |(partition, marks): (&TopicPartition, &Watermarks)| (partition.clone(), side(marks));
    marks.iter().map(of).collect()
}

/// What the log holds between the two sides.
fn clamp(
    partition: TopicPartition,
    marks: Watermarks,
    (from_bound, from): (&Bound, i64),
    (to_bound, to): (&Bound, i64),
) -> PartitionRange {
    let Watermarks { low_offset, end_offset } = marks;
    let start_offset = from.clamp(low_offset, end_offset);
    let range = OffsetRange {
        end_offset: to.clamp(start_offset, end_offset),
        start_offset,
        partition,
    };
    let is_time = |bound: &Bound| matches!(bound, Bound::Time(_) | Bound::Ago(_));
    let note = if from < low_offset {
        let missing = low_offset - from;
        Some(format!(
            "{missing} of the offsets asked for are no longer in the log, which begins at {low_offset}"
        ))
    } else if is_time(from_bound) && low_offset > 0 && from == low_offset {
        Some(format!(
            "the log begins at offset {low_offset}; what was before it is gone, whether asked for or not"
        ))
    } else if from > end_offset || (to > end_offset && !is_time(to_bound)) {
        Some(format!(
            "the log ends at offset {end_offset}, before what was asked for"
        ))
    } else {
        None
    };
    PartitionRange { range, note }
}
