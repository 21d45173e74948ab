//! The pipeline's view of the log: commands in, events out.

use std::collections::{BTreeSet, VecDeque};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tracing::warn;

use super::assignment::Command;
use super::error::{ClientError, check_topic_name};
use super::header;
use super::lookup::KafkaLookup;
use super::maker::{Maker, Renewable};
use super::outlet::Outlet;
use super::poll::Poller;
use super::settings::Settings;
use crate::pipeline::{Lookup, Source, SourceEvent};
use crate::position::{Start, TopicPartition};

/// Chunks that wait for the pipeline; with their size limit this bounds the memory.
const RECORDS: usize = 8;
/// Control events that wait for the pipeline. They are rare; this many unread mean that it is dead.
const CONTROL: usize = 64;
/// Commands that wait for the thread, which takes them every ten milliseconds.
const COMMANDS: usize = 4096;
/// How long leaving the group may take; the library alone would wait for a broker without end.
const CLOSE: Duration = Duration::from_secs(5);

/// A member of a consumer group.
#[derive(Debug)]
pub struct KafkaSource {
    commands: SyncSender<Command>,
    control: mpsc::Receiver<SourceEvent>,
    records: mpsc::Receiver<SourceEvent>,
    /// Partitions that deliver nothing, and what was under way from them when they were paused.
    paused: BTreeSet<TopicPartition>,
    held: VecDeque<SourceEvent>,
    lookup: KafkaLookup,
    stuck: bool,
    ended: oneshot::Receiver<()>,
}

impl KafkaSource {
    /// Joins the group. Succeeds without a broker; its absence is reported as an event.
    pub fn open(settings: &Settings) -> Result<Self, ClientError> {
        settings.topics.iter().try_for_each(|topic| check_topic_name(topic))?;
        header::hush_expected_panics();
        let client = Renewable::new(Maker::of_member(settings)).map_err(ClientError::Settings)?;
        let (commands, waiting) = sync_channel(COMMANDS);
        let (control_sender, control) = mpsc::channel(CONTROL);
        let (records_sender, records) = mpsc::channel(RECORDS);
        let (ending, ended) = oneshot::channel();
        let poller = Poller::new(
            client,
            waiting,
            Outlet::new(control_sender),
            Outlet::new(records_sender),
        );
        let body = move || {
            poller.run();
            // fails only if nobody waits for the end
            let _ = ending.send(());
        };
        thread::Builder::new()
            .name("kafka".to_owned())
            .spawn(body)
            .map_err(ClientError::Thread)?;
        let lookup = KafkaLookup::open(settings)?;
        let (paused, held) = (BTreeSet::new(), VecDeque::new());
        Ok(Self {
            commands,
            control,
            records,
            paused,
            held,
            lookup,
            stuck: false,
            ended,
        })
    }

    fn command(&mut self, command: Command) {
        // full or gone: either way the thread no longer does what it is told
        self.stuck |= self.commands.try_send(command).is_err();
    }

    /// The first event that was held back by a pause and is so no longer.
    fn next_held(&mut self) -> Option<SourceEvent> {
        let free = |event| partition_of(event).is_none_or(|partition| !self.paused.contains(partition));
        let index = self.held.iter().position(free)?;
        self.held.remove(index)
    }

    fn is_held(&self, event: &SourceEvent) -> bool {
        partition_of(event).is_some_and(|partition| self.paused.contains(partition))
    }

    /// Partitions that are lost are not released any more, so that they are forgotten here.
    fn told(&mut self, event: SourceEvent) -> SourceEvent {
        if let SourceEvent::Lost(partitions) = &event {
            for partition in partitions {
                self.forget(partition);
            }
        }
        event
    }

    /// What was held back belongs to a reading that is over.
    fn forget(&mut self, partition: &TopicPartition) {
        self.paused.remove(partition);
        self.held.retain(|event| partition_of(event) != Some(partition));
    }
}

fn partition_of(event: &SourceEvent) -> Option<&TopicPartition> {
    match event {
        SourceEvent::Chunk(chunk) => Some(&chunk.partition),
        SourceEvent::Drained { partition, .. } => Some(partition),
        _ => None,
    }
}

impl Source for KafkaSource {
    async fn next(&mut self, records_wanted: bool) -> SourceEvent {
        loop {
            if self.stuck {
                return SourceEvent::Fatal("the thread that polls kafka stands still; restart the worker".to_owned());
            }
            if let Ok(event) = self.control.try_recv() {
                return self.told(event);
            }
            if let Some(event) = records_wanted.then(|| self.next_held()).flatten() {
                return event;
            }
            tokio::select! {
                biased;
                event = self.control.recv() => match event {
                    Some(event) => return self.told(event),
                    None => self.stuck = true,
                },
                Some(event) = self.records.recv(), if records_wanted => {
                    if !self.is_held(&event) {
                        return event;
                    }
                    self.held.push_back(event);
                }
            }
        }
    }

    fn start(&mut self, starts: Vec<Start>) {
        for start in &starts {
            self.forget(&start.partition);
        }
        self.command(Command::Start(starts));
    }

    fn release(&mut self, partitions: Vec<TopicPartition>) {
        for partition in &partitions {
            self.forget(partition);
        }
        self.command(Command::Release(partitions));
    }

    fn pause(&mut self, partitions: Vec<TopicPartition>) {
        self.paused.extend(partitions.iter().cloned());
        self.command(Command::Pause(partitions));
    }

    fn resume(&mut self, partitions: Vec<TopicPartition>) {
        for partition in &partitions {
            self.paused.remove(partition);
        }
        self.command(Command::Resume(partitions));
    }

    fn hint(&mut self, next_offsets: Vec<(TopicPartition, i64)>) {
        self.command(Command::Hint(next_offsets));
    }

    fn lookup(&self) -> impl Lookup {
        self.lookup.clone()
    }

    async fn close(mut self) {
        self.command(Command::Close);
        if tokio::time::timeout(CLOSE, self.ended).await.is_err() {
            warn!("leaving the group took too long; the broker will notice the absence by itself");
        }
    }
}
