//! Questions to the log on a client of their own, so that a slow answer never holds up the polling.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::groups::{GroupInfo, GroupMemberInfo};
use rdkafka::topic_partition_list::{Offset, TopicPartitionListElem};
use tokio::task;

use super::assignment::Client;
use super::error::ClientError;
use super::list;
use super::maker::Maker;
use super::settings::{InitialPosition, REQUEST_TIMEOUT, Settings};
use super::single;
use crate::pipeline::{Lookup, SourceError, Timestamps};
use crate::position::{TopicPartition, Watermarks};

/// Asks the brokers. Never joins the group.
#[derive(Clone)]
pub struct KafkaLookup {
    maker: Arc<Maker>,
    client: Arc<Mutex<Arc<Client>>>,
    settings: Settings,
}

impl std::fmt::Debug for KafkaLookup {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("KafkaLookup").finish_non_exhaustive()
    }
}

impl KafkaLookup {
    /// Makes the client; no broker is needed for that.
    pub fn open(settings: &Settings) -> Result<Self, ClientError> {
        let maker = Maker::of(settings);
        let client = Arc::new(maker.make().map_err(ClientError::Settings)?);
        Ok(Self {
            maker: Arc::new(maker),
            client: Arc::new(Mutex::new(client)),
            settings: settings.clone(),
        })
    }

    /// For each partition: the first offset whose record is not older than this time, in milliseconds since 1970,
    /// by the broker's index; the end of the log where there is none.
    pub async fn offsets_at_time(
        &self,
        partitions: Vec<TopicPartition>,
        time: i64,
    ) -> Result<BTreeMap<TopicPartition, i64>, SourceError> {
        let question = move |client: &Client| {
            // a negative number would be taken for one of the two sides
            let found = offsets_at(client, &partitions, Offset::Offset(time.max(0)))?;
            let mut offsets = offsets_at(client, &partitions, Offset::End)?;
            offsets.extend(found);
            Ok(offsets)
        };
        self.ask("where in its logs a time is".to_owned(), question).await
    }

    /// A client that has not forgotten every broker.
    fn client(&self) -> KafkaResult<Arc<Client>> {
        let mut held = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        discard_events(&held);
        if held.context().knows_nobody() {
            // whoever still asks it ends it
            *held = Arc::new(self.maker.make()?);
        }
        Ok(Arc::clone(&held))
    }

    /// The members of the group: client and host of each.
    pub async fn members(&self) -> Result<Vec<String>, SourceError> {
        let group_id = self.settings.group_id.clone();
        let question = move |client: &Client| {
            let found = client.fetch_group_list(Some(&group_id), REQUEST_TIMEOUT)?;
            let members = found.groups().iter().flat_map(GroupInfo::members);
            let member = |member: &GroupMemberInfo| format!("{} at {}", member.client_id(), member.client_host());
            Ok(members.map(member).collect())
        };
        self.ask("who is in the group".to_owned(), question).await
    }

    async fn ask<T, F>(&self, what: String, question: F) -> Result<T, SourceError>
    where
        T: Send + 'static,
        F: FnOnce(&Client) -> KafkaResult<T> + Send + 'static,
    {
        let lookup = self.clone();
        let asked = task::spawn_blocking(move || {
            let client = lookup.client().map_err(|failure| failure.to_string())?;
            question(&client).map_err(|failure| {
                // the reason may have come with them
                discard_events(&client);
                client.context().explain(failure.to_string())
            })
        });
        match asked.await {
            Ok(answer) => answer.map_err(|failure| SourceError(format!("kafka does not tell {what}: {failure}"))),
            Err(failure) => Err(SourceError(format!("asking kafka for {what} was cut short: {failure}"))),
        }
    }
}

/// Nobody polls this client, so the errors of a broker that is away would pile up in it. Nothing may also stand for
/// an event that is no error.
fn discard_events(client: &Client) {
    let mut nothing = 0;
    for _ in 0..1000 {
        nothing += u32::from(client.poll(Duration::ZERO).is_none());
        if nothing >= 20 {
            break;
        }
    }
}

impl Lookup for KafkaLookup {
    async fn initial_offsets(&self, topic: &str) -> Result<BTreeMap<TopicPartition, i64>, SourceError> {
        let (topic, initial_position) = (topic.to_owned(), self.settings.initial_position);
        let question = move |client: &Client| {
            let all = partitions(client, &topic)?;
            match initial_position {
                InitialPosition::Earliest => offsets_at(client, &all, Offset::Beginning),
                InitialPosition::Latest => offsets_at(client, &all, Offset::End),
                InitialPosition::Committed => committed(client, &all),
            }
        };
        self.ask("where to begin".to_owned(), question).await
    }

    async fn partitions(&self, topic: &str) -> Result<Vec<TopicPartition>, SourceError> {
        let name = topic.to_owned();
        self.ask(format!("the partitions of {topic}"), move |client| {
            partitions(client, &name)
        })
        .await
    }

    async fn timestamps_at(&self, offsets: BTreeMap<TopicPartition, i64>) -> Result<Timestamps, SourceError> {
        single::timestamps(&self.settings, offsets).await
    }

    async fn watermarks(
        &self,
        partitions: Vec<TopicPartition>,
    ) -> Result<BTreeMap<TopicPartition, Watermarks>, SourceError> {
        let question = move |client: &Client| {
            let low = offsets_at(client, &partitions, Offset::Beginning)?;
            let mut end = offsets_at(client, &partitions, Offset::End)?;
            let both = |(partition, low_offset)| {
                let end_offset = end.remove(&partition)?;
                Some((partition, Watermarks { low_offset, end_offset }))
            };
            Ok(low.into_iter().filter_map(both).collect())
        };
        self.ask("what its logs hold".to_owned(), question).await
    }
}

fn partitions(client: &Client, topic: &str) -> KafkaResult<Vec<TopicPartition>> {
    let metadata = client.fetch_metadata(Some(topic), REQUEST_TIMEOUT)?;
    let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else {
        return Ok(Vec::new());
    };
    match found.error().map(RDKafkaErrorCode::from) {
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => Ok(Vec::new()),
        Some(code) => Err(KafkaError::MetadataFetch(code)),
        None => {
            let topic: Arc<str> = Arc::from(topic);
            let of = |id: i32| TopicPartition::new(Arc::clone(&topic), id);
            let mut all: Vec<_> = found.partitions().iter().map(|found| of(found.id())).collect();
            all.sort();
            Ok(all)
        }
    }
}

/// The first or the end offset of many partitions, or the first one at or after a time, one request to each broker that leads some of them. The
/// end is that of a reader of committed records: the first record of an open transaction, if there is one.
pub(super) fn offsets_at(
    client: &Client,
    partitions: &[TopicPartition],
    side: Offset,
) -> KafkaResult<BTreeMap<TopicPartition, i64>> {
    if partitions.is_empty() {
        return Ok(BTreeMap::new());
    }
    // the protocol takes the two sides in the place of a time
    let question = list::at(partitions.iter().map(|partition| (partition, side)))?;
    let answer = client.offsets_for_times(question, REQUEST_TIMEOUT)?;
    answer.elements().iter().try_for_each(TopicPartitionListElem::error)?;
    let known = |(partition, offset): (TopicPartition, Option<i64>)| Some((partition, offset?));
    Ok(list::offsets(&answer).into_iter().filter_map(known).collect())
}

/// Where the group committed, and the first offset where it did not.
fn committed(client: &Client, partitions: &[TopicPartition]) -> KafkaResult<BTreeMap<TopicPartition, i64>> {
    let mut offsets = offsets_at(client, partitions, Offset::Beginning)?;
    if partitions.is_empty() {
        return Ok(offsets);
    }
    let answer = client.committed_offsets(list::bare(partitions), REQUEST_TIMEOUT)?;
    answer.elements().iter().try_for_each(TopicPartitionListElem::error)?;
    let known = |(partition, offset): (TopicPartition, Option<i64>)| Some((partition, offset?));
    offsets.extend(list::offsets(&answer).into_iter().filter_map(known));
    Ok(offsets)
}
