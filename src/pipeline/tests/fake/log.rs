//! A log in memory, with what the brokers would tell of it.

use crate::pipeline::{Lookup, SourceError, Timestamps, Unreadable};
use crate::position::{TopicPartition, Watermarks};
use crate::record::Record;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::watch;

/// The log of all topics. Cloning gives the same one.
#[derive(Clone)]
pub(in super::super) struct FakeLog {
    topics: Arc<Mutex<Topics>>,
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct Topics {
    partitions: BTreeMap<TopicPartition, PartitionLog>,
    /// Why the broker answers nothing, if it does not.
    down: Option<String>,
    /// Where a group without a position begins: at the end instead of the beginning.
    begins_at_end: bool,
}

/// One partition. An offset below the end without a record is a transaction marker, or was compacted.
#[derive(Default)]
struct PartitionLog {
    low_offset: i64,
    end_offset: i64,
    records: BTreeMap<i64, Record>,
    /// Offsets of records whose bytes have changed.
    broken: BTreeSet<i64>,
}

/// What comes next in a partition.
pub(super) enum Ahead {
    Records(Vec<Record>),
    Nothing { end_offset: i64 },
    OutOfRange,
    Unreadable,
}

impl FakeLog {
    /// `partitions` empty partitions of each topic.
    pub(in super::super) fn new(topics: &[&str], partitions: i32) -> Self {
        let log = Self {
            topics: Arc::default(),
            changes: watch::channel(0).0,
        };
        for topic in topics {
            log.grow(topic, partitions);
        }
        log
    }

    fn lock(&self) -> MutexGuard<'_, Topics> {
        self.topics.lock().unwrap()
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Wakes everybody who waits for something new.
    pub(super) fn wake(&self) {
        self.changes.send_modify(|number| *number += 1);
    }

    /// Sees to it that the topic has so many partitions.
    pub(in super::super) fn grow(&self, topic: &str, partitions: i32) {
        for partition in 0..partitions {
            let partition = TopicPartition::new(topic, partition);
            self.lock().partitions.entry(partition).or_default();
        }
    }

    fn change<T>(&self, partition: &TopicPartition, change: impl FnOnce(&mut PartitionLog) -> T) -> T {
        let changed = change(self.lock().partitions.get_mut(partition).unwrap());
        self.wake();
        changed
    }

    /// Appends records of `bytes` bytes each. They say nothing, but the pipeline does not mind.
    pub(in super::super) fn append_of(&self, partition: &TopicPartition, count: i64, bytes: usize, timestamp: i64) {
        self.change(partition, |log| {
            for _ in 0..count {
                let offset = log.end_offset;
                let value = Some(Bytes::from(vec![b'x'; bytes]));
                let timestamp = Some(timestamp + offset);
                let record = Record {
                    offset,
                    timestamp,
                    value,
                    ..Record::default()
                };
                log.records.insert(offset, record);
                log.end_offset += 1;
            }
        });
    }

    pub(in super::super) fn append(&self, partition: &TopicPartition, count: i64) {
        self.append_of(partition, count, 1, 1_700_000_000_000);
    }

    /// Appends records without a value: there is nothing wrong with one.
    pub(in super::super) fn append_tombstones(&self, partition: &TopicPartition, count: i64) {
        self.change(partition, |log| {
            for _ in 0..count {
                let (offset, timestamp) = (log.end_offset, Some(1_700_000_000_000));
                let record = Record {
                    offset,
                    timestamp,
                    ..Record::default()
                };
                log.records.insert(offset, record);
                log.end_offset += 1;
            }
        });
    }

    /// Lets the log go on without records.
    pub(in super::super) fn append_markers(&self, partition: &TopicPartition, count: i64) {
        self.change(partition, |log| log.end_offset += count);
    }

    /// Removes all records before an offset, as retention does.
    pub(in super::super) fn retain_from(&self, partition: &TopicPartition, low_offset: i64) {
        self.change(partition, |log| {
            log.low_offset = low_offset;
            log.end_offset = log.end_offset.max(low_offset);
            log.records = log.records.split_off(&low_offset);
        });
    }

    /// Breaks the record at an offset, or makes it whole again.
    pub(in super::super) fn set_broken(&self, partition: &TopicPartition, offset: i64, broken: bool) {
        self.change(partition, |log| {
            if broken {
                log.broken.insert(offset);
            } else {
                log.broken.remove(&offset);
            }
        });
    }

    /// Takes the topic away.
    pub(in super::super) fn delete(&self, topic: &str) {
        self.lock().partitions.retain(|partition, _| &*partition.topic != topic);
        self.wake();
    }

    /// Takes all records of a partition away, so that its offsets begin at 0 again.
    pub(in super::super) fn delete_partition(&self, partition: &TopicPartition) {
        self.change(partition, |log| *log = PartitionLog::default());
    }

    pub(in super::super) fn begin_at_end(&self) {
        self.lock().begins_at_end = true;
    }

    /// From now on the broker does not answer, or answers again.
    pub(in super::super) fn set_down(&self, why: Option<&str>) {
        self.lock().down = why.map(str::to_owned);
    }

    pub(in super::super) fn end_offset(&self, partition: &TopicPartition) -> i64 {
        self.lock().partitions[partition].end_offset
    }

    pub(in super::super) fn low_offset(&self, partition: &TopicPartition) -> i64 {
        self.lock().partitions[partition].low_offset
    }

    /// The offsets of all records between two offsets.
    pub(in super::super) fn offsets(&self, partition: &TopicPartition, from: i64, to: i64) -> Vec<i64> {
        let topics = self.lock();
        topics.partitions[partition]
            .records
            .range(from..to)
            .map(|(offset, _)| *offset)
            .collect()
    }

    /// At most `count` records from an offset on.
    pub(super) fn ahead(&self, partition: &TopicPartition, next_offset: i64, count: usize) -> Ahead {
        let topics = self.lock();
        let Some(log) = topics.partitions.get(partition) else {
            return Ahead::Nothing {
                end_offset: next_offset,
            };
        };
        if next_offset < log.low_offset || next_offset > log.end_offset {
            return Ahead::OutOfRange;
        }
        if log.broken.contains(&next_offset) {
            return Ahead::Unreadable;
        }
        let broken = log.broken.range(next_offset..).next().copied();
        let records: Vec<_> = log
            .records
            .range(next_offset..broken.unwrap_or(i64::MAX))
            .take(count)
            .map(|(_, record)| record.clone())
            .collect();
        if records.is_empty() {
            Ahead::Nothing {
                end_offset: log.end_offset,
            }
        } else {
            Ahead::Records(records)
        }
    }

    fn ask<T>(&self, answer: impl FnOnce(&Topics) -> T) -> Result<T, SourceError> {
        let topics = self.lock();
        match &topics.down {
            Some(why) => Err(SourceError(why.clone())),
            None => Ok(answer(&topics)),
        }
    }
}

impl Lookup for FakeLog {
    async fn initial_offsets(&self, topic: &str) -> Result<BTreeMap<TopicPartition, i64>, SourceError> {
        self.ask(|topics| {
            let offset = |log: &PartitionLog| {
                if topics.begins_at_end {
                    log.end_offset
                } else {
                    log.low_offset
                }
            };
            let of_topic = topics
                .partitions
                .iter()
                .filter(|(partition, _)| &*partition.topic == topic);
            of_topic
                .map(|(partition, log)| (partition.clone(), offset(log)))
                .collect()
        })
    }

    async fn partitions(&self, topic: &str) -> Result<Vec<TopicPartition>, SourceError> {
        self.ask(|topics| {
            let all = topics.partitions.keys();
            all.filter(|partition| &*partition.topic == topic).cloned().collect()
        })
    }

    async fn timestamps_at(&self, offsets: BTreeMap<TopicPartition, i64>) -> Result<Timestamps, SourceError> {
        self.ask(|topics| {
            let at = |(partition, offset): (TopicPartition, i64)| {
                let log = topics.partitions.get(&partition)?;
                let record = log.records.get(&offset)?;
                let is_broken = log.broken.contains(&offset);
                let unreadable = || Unreadable(format!("offset {offset} is broken"));
                Some((
                    partition,
                    if is_broken {
                        Err(unreadable())
                    } else {
                        Ok(record.timestamp)
                    },
                ))
            };
            offsets.into_iter().filter_map(at).collect()
        })
    }

    async fn watermarks(
        &self,
        partitions: Vec<TopicPartition>,
    ) -> Result<BTreeMap<TopicPartition, Watermarks>, SourceError> {
        self.ask(|topics| {
            let marks = |partition: TopicPartition| {
                let log = topics.partitions.get(&partition)?;
                let (low_offset, end_offset) = (log.low_offset, log.end_offset);
                Some((partition, Watermarks { low_offset, end_offset }))
            };
            partitions.into_iter().filter_map(marks).collect()
        })
    }
}
