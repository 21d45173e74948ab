//! Between our partitions and the client's lists of them.

use std::sync::Arc;

use rdkafka::TopicPartitionList;
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::Offset;

use crate::position::TopicPartition;

/// The client's list of `partitions`, without offsets.
pub(super) fn bare<'a>(partitions: impl IntoIterator<Item = &'a TopicPartition>) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for partition in partitions {
        list.add_partition(&partition.topic, partition.partition);
    }
    list
}

/// The client's list of partitions, each with an offset; a negative one is refused.
pub(super) fn at<'a>(
    offsets: impl IntoIterator<Item = (&'a TopicPartition, Offset)>,
) -> KafkaResult<TopicPartitionList> {
    let mut list = TopicPartitionList::new();
    for (partition, offset) in offsets {
        list.add_partition(&partition.topic, partition.partition)
            .set_offset(offset)?;
    }
    Ok(list)
}

/// Our partitions of the client's list.
pub(super) fn partitions(list: &TopicPartitionList) -> Vec<TopicPartition> {
    let mut topic: Arc<str> = Arc::from("");
    let mut found = Vec::with_capacity(list.count());
    for entry in list.elements() {
        // such lists are sorted by topic, and its name is shared
        if *topic != *entry.topic() {
            topic = Arc::from(entry.topic());
        }
        found.push(TopicPartition::new(Arc::clone(&topic), entry.partition()));
    }
    found
}

/// Our partitions of the client's list, each with its offset; none where the client has none.
pub(super) fn offsets(list: &TopicPartitionList) -> Vec<(TopicPartition, Option<i64>)> {
    let absolute = |offset| match offset {
        Offset::Offset(offset) => Some(offset),
        _ => None,
    };
    let offsets: Vec<_> = list.elements().iter().map(|entry| absolute(entry.offset())).collect();
    partitions(list).into_iter().zip(offsets).collect()
}
