//! Between our partitions and the client's lists of them.

use std::sync::Arc;

use rdkafka::TopicPartitionList;
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

/// The client's list of partitions, each with an offset.
pub(super) fn at<'a>(offsets: impl IntoIterator<Item = (&'a TopicPartition, Offset)>) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for (partition, offset) in offsets {
        let mut entry = list.add_partition(&partition.topic, partition.partition);
        // a negative number is the only offset refused; the entry then says "invalid", and the client complains
        let _ = entry.set_offset(offset);
    }
    list
}

/// Our partitions of the client's list.
pub(super) fn partitions(list: &TopicPartitionList) -> Vec<TopicPartition> {
    let mut last: Option<Arc<str>> = None;
    let mut found = Vec::with_capacity(list.count());
    for entry in list.elements() {
        let topic = match last.take() {
            Some(topic) if *topic == *entry.topic() => topic,
            _ => Arc::from(entry.topic()),
        };
        last = Some(Arc::clone(&topic));
        found.push(TopicPartition::new(topic, entry.partition()));
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
