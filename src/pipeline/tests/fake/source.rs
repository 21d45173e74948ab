//! A member of a group that reads a [`FakeLog`]; the test plays the group.

use super::database::FakeStore;
use super::log::FakeLog;
use super::member::{Member, Reading};
use crate::pipeline::{Lookup, Source, SourceEvent};
use crate::position::{Generation, Start, TopicPartition};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::watch;

/// What the worker told the source to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Command {
    Start(TopicPartition, i64),
    Release(TopicPartition),
    Pause(TopicPartition),
    Resume(TopicPartition),
    Hint(TopicPartition, i64),
    Close,
}

/// The source. Cloning gives the same one: the worker has one end, the test the other.
#[derive(Clone)]
pub(in super::super) struct FakeSource {
    member: Arc<Mutex<Member>>,
    log: FakeLog,
    store: FakeStore,
    changes: watch::Receiver<u64>,
    /// Records in a chunk at most.
    chunk: usize,
}

impl FakeSource {
    /// `store` is where hints are compared with what is stored.
    pub(in super::super) fn new(log: &FakeLog, store: &FakeStore, chunk: usize) -> Self {
        Self {
            member: Arc::default(),
            changes: log.changes(),
            log: log.clone(),
            store: store.clone(),
            chunk,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Member> {
        self.member.lock().unwrap()
    }

    fn tell(&self, event: SourceEvent) {
        self.lock().control.push_back(event);
        self.log.wake();
    }

    pub(in super::super) fn assign(&self, partitions: &[TopicPartition]) {
        self.lock().granted.extend(partitions.iter().cloned());
        self.tell(SourceEvent::Assigned(partitions.to_vec()));
    }

    pub(in super::super) fn revoke(&self, partitions: &[TopicPartition]) {
        self.lock().revoked.extend(partitions.iter().cloned());
        self.tell(SourceEvent::Revoked(partitions.to_vec()));
    }

    pub(in super::super) fn lose(&self, partitions: &[TopicPartition]) {
        for partition in partitions {
            self.lock().end(partition);
        }
        self.tell(SourceEvent::Lost(partitions.to_vec()));
    }

    pub(in super::super) fn unavailable(&self, error: &str) {
        self.tell(SourceEvent::Unavailable(error.to_owned()));
    }

    /// From now on every event is that the client cannot go on.
    pub(in super::super) fn break_for_good(&self, error: &str) {
        self.lock().fatal = Some(error.to_owned());
        self.log.wake();
    }

    /// From now on nothing is delivered of the partition; a new beginning ends that, or does not.
    pub(in super::super) fn mute(&self, partition: &TopicPartition, until_start: bool) {
        self.lock().mute.insert(partition.clone(), until_start);
    }

    /// Something that was under way already, before the records that are next.
    pub(in super::super) fn inject(&self, event: SourceEvent) {
        self.lock().injected.push_back(event);
        self.log.wake();
    }

    pub(in super::super) fn commands(&self) -> Vec<Command> {
        self.lock().commands.clone()
    }

    pub(in super::super) fn count(&self, counted: impl Fn(&Command) -> bool) -> usize {
        self.lock().commands.iter().filter(|command| counted(command)).count()
    }

    pub(in super::super) fn generation(&self, partition: &TopicPartition) -> Generation {
        self.lock().readings[partition].generation
    }

    /// The next offset that will be delivered.
    pub(in super::super) fn delivered(&self, partition: &TopicPartition) -> i64 {
        self.lock().readings[partition].next_offset
    }

    pub(in super::super) fn granted(&self) -> BTreeSet<TopicPartition> {
        self.lock().granted.clone()
    }

    pub(in super::super) fn revoked(&self) -> BTreeSet<TopicPartition> {
        self.lock().revoked.clone()
    }

    fn ready(&self, records_wanted: bool) -> Option<SourceEvent> {
        let mut member = self.lock();
        if let Some(error) = member.fatal.clone() {
            member.fatal_told += 1;
            assert!(
                member.fatal_told < 10,
                "asked again and again for what cannot come any more"
            );
            return Some(SourceEvent::Fatal(error));
        }
        if let Some(event) = member.control.pop_front() {
            return Some(event);
        }
        if !records_wanted {
            return None;
        }
        member
            .injected
            .pop_front()
            .or_else(|| member.read(&self.log, self.chunk))
    }

    fn each(&self, partitions: Vec<TopicPartition>, command: impl Fn(TopicPartition) -> Command, paused: bool) {
        let mut member = self.lock();
        for partition in partitions {
            if let Some(reading) = member.readings.get_mut(&partition) {
                reading.paused = paused;
            }
            member.commands.push(command(partition));
        }
        drop(member);
        self.log.wake();
    }
}

impl Source for FakeSource {
    async fn next(&mut self, records_wanted: bool) -> SourceEvent {
        loop {
            self.changes.borrow_and_update();
            if let Some(event) = self.ready(records_wanted) {
                return event;
            }
            self.changes.changed().await.unwrap();
        }
    }

    fn start(&mut self, starts: Vec<Start>) {
        let mut member = self.lock();
        for Start {
            partition,
            next_offset,
            generation,
        } in starts
        {
            member.commands.push(Command::Start(partition.clone(), next_offset));
            if member.mute.get(&partition) == Some(&true) {
                member.mute.remove(&partition);
            }
            if member.granted.contains(&partition) {
                let reading = Reading {
                    generation,
                    next_offset,
                    paused: false,
                    silent: false,
                };
                member.readings.insert(partition, reading);
            }
        }
        drop(member);
        self.log.wake();
    }

    fn release(&mut self, partitions: Vec<TopicPartition>) {
        let mut member = self.lock();
        for partition in partitions {
            member.end(&partition);
            member.commands.push(Command::Release(partition));
        }
    }

    fn pause(&mut self, partitions: Vec<TopicPartition>) {
        self.each(partitions, Command::Pause, true);
    }

    fn resume(&mut self, partitions: Vec<TopicPartition>) {
        self.each(partitions, Command::Resume, false);
    }

    /// Two promises hold in every test: a hint is stored already, and never moves back.
    fn hint(&mut self, next_offsets: Vec<(TopicPartition, i64)>) {
        for (partition, next_offset) in next_offsets {
            let stored = self.store.position(&partition).next_offset;
            assert!(
                next_offset <= stored,
                "{partition}: hint {next_offset}, but only {stored} is stored"
            );
            let mut member = self.lock();
            let before = member.hinted.insert(partition.clone(), next_offset);
            assert!(
                before <= Some(next_offset),
                "{partition}: hint {next_offset} after {before:?}"
            );
            member.commands.push(Command::Hint(partition, next_offset));
        }
    }

    fn lookup(&self) -> impl Lookup {
        self.log.clone()
    }

    async fn close(self) {
        self.lock().commands.push(Command::Close);
    }
}
