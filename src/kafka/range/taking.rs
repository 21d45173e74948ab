//! From a message to the chunk of its range.

use std::collections::BTreeMap;

use rdkafka::message::{BorrowedMessage, Message};
use tokio::sync::mpsc;

use super::Read;
use super::reading::Unwanted;
use crate::kafka::chunk::ChunkBuilder;
use crate::kafka::intake::incoming;
use crate::position::{Generation, TopicPartition};

/// Copies a message that belongs to a range. Gives the partition whose range it ends.
pub(super) fn take(
    message: &BorrowedMessage<'_>,
    left: &mut BTreeMap<TopicPartition, (i64, i64)>,
    builder: &mut ChunkBuilder,
    sender: &mpsc::Sender<Read>,
) -> Result<Option<TopicPartition>, Unwanted> {
    let (topic, number, offset) = (message.topic(), message.partition(), message.offset());
    let generation = Generation(0);
    let mut found = left
        .iter_mut()
        .filter(|(partition, _)| partition.partition == number && *partition.topic == *topic);
    let Some((partition, (next_offset, end_offset))) = found.next() else {
        return Ok(None);
    };
    if offset >= *end_offset {
        return Ok(Some(partition.clone()));
    }
    // one that was fetched before a new beginning
    if offset < *next_offset {
        return Ok(None);
    }
    *next_offset = offset + 1;
    if !builder.continues(topic, number, generation) {
        finish(builder, sender)?;
        builder.open(partition.clone(), generation);
    }
    builder.push(incoming(message));
    Ok((*next_offset >= *end_offset).then(|| partition.clone()))
}

/// Sends the open chunk on its way, if there is one.
pub(super) fn finish(builder: &mut ChunkBuilder, sender: &mpsc::Sender<Read>) -> Result<(), Unwanted> {
    match builder.finish() {
        Some(chunk) => sender.blocking_send(Read::Chunk(chunk)).map_err(|_| Unwanted),
        None => Ok(()),
    }
}
