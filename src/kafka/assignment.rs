//! Carries out on the client what the group and the pipeline ask for.
//!
//! The group's question "take these" is answered at once with nothing, and partitions are added when the
//! pipeline starts them: until the answer, the client holds all other partitions still and cannot take
//! part in a further rebalance. Its question "give these back" is answered when all are released.

use std::thread;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::Offset;
use tracing::debug;

use super::context::Context;
use super::list;
use super::pauses::Pauses;
use super::readings::Readings;
use crate::pipeline::SourceEvent;
use crate::position::{Start, TopicPartition};

pub(super) type Client = BaseConsumer<Context>;

/// What the pipeline asks for.
#[derive(Debug)]
pub(super) enum Command {
    Start(Vec<Start>),
    Release(Vec<TopicPartition>),
    Pause(Vec<TopicPartition>),
    Resume(Vec<TopicPartition>),
    Hint(Vec<(TopicPartition, i64)>),
    Close,
}

/// What is read and what stands still, and the client's side of it. An error means that the two differ.
#[derive(Debug, Default)]
pub(super) struct Assignment {
    pub(super) readings: Readings,
    pauses: Pauses,
}

impl Assignment {
    pub(super) fn assigned(&mut self, client: &Client, partitions: &[TopicPartition]) -> KafkaResult<()> {
        self.readings.grant(partitions);
        client.incremental_assign(&TopicPartitionList::new())
    }

    pub(super) fn revoked(&mut self, client: &Client, partitions: &[TopicPartition]) -> KafkaResult<()> {
        let answer = self.readings.revoke(partitions);
        self.give_back(client, answer)
    }

    pub(super) fn release(&mut self, client: &Client, partitions: &[TopicPartition]) -> KafkaResult<()> {
        let answer = self.readings.release(partitions);
        self.give_back(client, answer)
    }

    /// Gives lost partitions up; returns all that are gone, those of an open revocation among them.
    pub(super) fn lost(&mut self, client: &Client, partitions: &[TopicPartition]) -> KafkaResult<Vec<TopicPartition>> {
        let gone = self.readings.lose(partitions);
        self.give_back(client, Some(gone.clone()))?;
        Ok(gone)
    }

    /// Takes partitions from the client. Those that were granted but never started it does not have, and it
    /// would refuse the whole list for one of them; an empty list is an answer too.
    fn give_back(&mut self, client: &Client, partitions: Option<Vec<TopicPartition>>) -> KafkaResult<()> {
        let Some(mut partitions) = partitions else {
            return Ok(());
        };
        let held = list::partitions(&client.assignment()?);
        partitions.retain(|partition| held.contains(partition));
        client.incremental_unassign(&list::bare(&partitions))?;
        let deferred = self.readings.take_deferred();
        self.start(client, deferred)
    }

    /// Begins readings. A partition that is read already is taken from the client and given to it anew: that
    /// drops what it had fetched, and works from every state, also after an offset out of range; a seek does not.
    pub(super) fn start(&mut self, client: &Client, starts: Vec<Start>) -> KafkaResult<()> {
        let starts = self.readings.admit(starts);
        if starts.is_empty() {
            return Ok(());
        }
        let partitions: Vec<TopicPartition> = starts.iter().map(|start| start.partition.clone()).collect();
        let held = list::partitions(&client.assignment()?);
        let again: Vec<_> = partitions.iter().filter(|partition| held.contains(partition)).collect();
        if !again.is_empty() {
            client.incremental_unassign(&list::bare(again))?;
        }
        for start in &starts {
            self.readings.begin(start);
        }
        let at = starts
            .iter()
            .map(|start| (&start.partition, Offset::Offset(start.next_offset)));
        client.incremental_assign(&list::at(at)?)?;
        self.settle(client, &partitions)?;
        // a pause outlives an assignment in the client
        client.resume(&list::bare(&partitions))?;
        self.pauses.restart(&partitions);
        self.apply_pauses(client)
    }

    /// Waits until the client has forgotten the positions of the readings before. It does so by itself within
    /// microseconds; a position that is not forgotten in time is not believed until a record comes.
    fn settle(&mut self, client: &Client, partitions: &[TopicPartition]) -> KafkaResult<()> {
        for _ in 0..200 {
            self.readings.drained(list::offsets(&client.position()?));
            if self.readings.positions_are_ours(partitions) {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    pub(super) fn pause(&mut self, client: &Client, partitions: Vec<TopicPartition>) -> KafkaResult<()> {
        self.pauses.want(partitions);
        self.apply_pauses(client)
    }

    pub(super) fn resume(&mut self, client: &Client, partitions: &[TopicPartition]) -> KafkaResult<()> {
        self.pauses.unwant(partitions);
        self.apply_pauses(client)
    }

    pub(super) fn throttle(&mut self, client: &Client, throttled: bool) -> KafkaResult<()> {
        self.pauses.throttle(throttled);
        self.apply_pauses(client)
    }

    pub(super) fn is_throttled(&self) -> bool {
        self.pauses.is_throttled()
    }

    fn apply_pauses(&mut self, client: &Client) -> KafkaResult<()> {
        let changes = self.pauses.changes(self.readings.partitions());
        if !changes.pause.is_empty() {
            client.pause(&list::bare(&changes.pause))?;
        }
        if !changes.resume.is_empty() {
            client.resume(&list::bare(&changes.resume))?;
        }
        Ok(())
    }

    /// Where the log went on without records since the last call.
    pub(super) fn drained(&mut self, client: &Client) -> KafkaResult<Vec<SourceEvent>> {
        Ok(self.readings.drained(list::offsets(&client.position()?)))
    }

    /// Copies stored positions to the broker, without waiting; that may fail.
    pub(super) fn hint(&mut self, client: &Client, hints: Vec<(TopicPartition, i64)>) {
        let raised = self.readings.raise_hints(hints);
        if raised.is_empty() {
            return;
        }
        let at = raised
            .iter()
            .map(|(partition, next_offset)| (partition, Offset::Offset(*next_offset)));
        if let Err(failure) = list::at(at).and_then(|list| client.commit(&list, CommitMode::Async)) {
            debug!(%failure, "the copy of the positions was not sent to the broker");
        }
    }
}
