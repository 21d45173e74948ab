//! The thread that reads ranges.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::Offset;
use tokio::sync::mpsc;

use super::Read;
use super::suspects::Suspects;
use super::taking::{finish, take};
use crate::kafka::chunk::ChunkBuilder;
use crate::kafka::fault::{self, Fault};
use crate::kafka::list;
use crate::kafka::lookup::offsets_at;
use crate::kafka::maker::{FORGOTTEN, Renewable};
use crate::position::{OffsetRange, TopicPartition};
use crate::telemetry::Limiter;

/// How long a poll waits for the first record.
const POLL: Duration = Duration::from_millis(20);
/// Distance between two questions to a log that does not hold a position.
const DOUBT: Duration = Duration::from_secs(1);

/// Nobody wants to read any more.
pub(super) struct Unwanted;

pub(super) struct Reading {
    client: Renewable,
    /// The offset that is next and the end, of each range that is not read yet.
    left: BTreeMap<TopicPartition, (i64, i64)>,
    sender: mpsc::Sender<Read>,
    builder: ChunkBuilder,
    told: Limiter<i32>,
    /// When the log is asked whether it holds the positions.
    doubt_due: Option<Instant>,
    suspects: Suspects,
}

impl Reading {
    pub(super) fn new(client: Renewable, ranges: &[OffsetRange], sender: mpsc::Sender<Read>) -> Self {
        let mut left = BTreeMap::new();
        for range in ranges.iter().filter(|range| range.offsets() > 0) {
            left.insert(range.partition.clone(), (range.start_offset, range.end_offset));
        }
        Self {
            client,
            left,
            sender,
            builder: ChunkBuilder::default(),
            told: Limiter::new(),
            doubt_due: None,
            suspects: Suspects::default(),
        }
    }

    /// Reads until every range is read, or nobody wants more.
    pub(super) fn run(mut self) {
        let begun = self.assign();
        while begun.is_ok() && !self.left.is_empty() && self.turn().is_ok() {}
    }

    fn turn(&mut self) -> Result<(), Unwanted> {
        self.poll_records()?;
        self.renew_client()?;
        self.look_at_positions()?;
        if self.suspects.acquit(&self.left) {
            self.begin_anew()?;
        }
        if self.doubt_due.is_some_and(|due| due <= Instant::now()) {
            self.doubt_due = None;
            self.ask_where_the_log_begins()?;
        }
        if self.sender.is_closed() { Err(Unwanted) } else { Ok(()) }
    }

    /// The new client goes on with what is left.
    fn renew_client(&mut self) -> Result<(), Unwanted> {
        match self.client.renew() {
            Ok(false) => Ok(()),
            Ok(true) => {
                self.say(Read::Unavailable(FORGOTTEN.to_owned()))?;
                self.assign()
            }
            Err(fault) => self.report(fault),
        }
    }

    /// A new client goes on: an old one may still hold what lies behind bytes that it could not read.
    fn begin_anew(&mut self) -> Result<(), Unwanted> {
        let replaced = self.client.replace();
        self.check(replaced)?;
        self.assign()
    }

    /// Gives the client what is left to read, each range from where it is; of suspects only the first.
    fn assign(&self) -> Result<(), Unwanted> {
        let at = self.left.iter().filter(|(partition, _)| self.suspects.allow(partition));
        let at = at.map(|(partition, (next_offset, _))| (partition, Offset::Offset(*next_offset)));
        self.check(list::at(at).and_then(|list| self.client.assign(&list)))
    }

    /// The client refused a change of what it reads: what it does now is not what we think it does.
    fn check(&self, outcome: KafkaResult<()>) -> Result<(), Unwanted> {
        outcome.or_else(|failure| {
            let text = format!("the kafka client refused a change of its partitions: {failure}");
            self.say(Read::Fatal(text))?;
            Err(Unwanted)
        })
    }

    /// Takes records until there are none or a chunk is full.
    fn poll_records(&mut self) -> Result<(), Unwanted> {
        let mut wait = POLL;
        while let Some(polled) = self.client.poll(wait) {
            wait = Duration::ZERO;
            match polled {
                Ok(message) => {
                    let ended = take(&message, &mut self.left, &mut self.builder, &self.sender)?;
                    if let Some(ended) = ended {
                        let paused = self.client.pause(&list::bare([&ended]));
                        drop(message);
                        self.end(&ended, paused)?;
                    }
                }
                Err(error) => self.report(fault::judge(&error, self.client.context().take_reason()))?,
            }
            if self.builder.is_full() || self.left.is_empty() {
                break;
            }
        }
        finish(&mut self.builder, &self.sender)
    }

    /// The range is read: what the client has fetched behind it is not wanted.
    fn end(&mut self, partition: &TopicPartition, paused: KafkaResult<()>) -> Result<(), Unwanted> {
        self.check(paused)?;
        finish(&mut self.builder, &self.sender)?;
        if let Some((next_offset, end_offset)) = self.left.remove(partition)
            && next_offset < end_offset
        {
            self.say(Read::Passed(partition.clone(), end_offset))?;
        }
        Ok(())
    }

    /// Where the log went on without records: the client's position is ahead of what it delivered.
    fn look_at_positions(&mut self) -> Result<(), Unwanted> {
        // before the first record of a reading there may be none, which is no error
        let Ok(positions) = self.client.position() else {
            return Ok(());
        };
        for (partition, position) in list::offsets(&positions) {
            let Some((next_offset, end_offset)) = self.left.get_mut(&partition) else {
                continue;
            };
            let Some(position) = position.filter(|position| *position > *next_offset) else {
                continue;
            };
            let (reached, end_offset) = (position.min(*end_offset), *end_offset);
            *next_offset = reached;
            self.say(Read::Passed(partition.clone(), reached))?;
            if reached >= end_offset {
                let paused = self.client.pause(&list::bare([&partition]));
                self.end(&partition, paused)?;
            }
        }
        Ok(())
    }

    fn report(&mut self, fault: Fault) -> Result<(), Unwanted> {
        match fault {
            Fault::PositionsInDoubt => {
                self.doubt_due.get_or_insert_with(Instant::now);
                Ok(())
            }
            Fault::Unavailable(code, text) if self.told.due(code as i32, Instant::now()).is_some() => {
                self.say(Read::Unavailable(text))
            }
            Fault::Unavailable(..) => Ok(()),
            Fault::Unreadable(text) => self.search(text),
            Fault::Fatal(text) => {
                self.say(Read::Fatal(text))?;
                Err(Unwanted)
            }
        }
    }

    /// The client does not say whose bytes are no records, so each partition is read alone until it has shown.
    fn search(&mut self, why: String) -> Result<(), Unwanted> {
        finish(&mut self.builder, &self.sender)?;
        match self.suspects.convict() {
            None => self.suspects = Suspects::of(&self.left),
            Some(partition) => {
                if let Some((next_offset, _)) = self.left.remove(&partition) {
                    self.say(Read::Unreadable(partition, next_offset, why))?;
                }
            }
        }
        self.begin_anew()
    }

    /// The client does not say which position is outside its log, so all are compared.
    fn ask_where_the_log_begins(&mut self) -> Result<(), Unwanted> {
        let partitions: Vec<TopicPartition> = self.left.keys().cloned().collect();
        let sides = (
            offsets_at(&self.client, &partitions, Offset::Beginning),
            offsets_at(&self.client, &partitions, Offset::End),
        );
        let (Ok(low), Ok(end)) = sides else {
            self.doubt_due = Some(Instant::now() + DOUBT);
            return Ok(());
        };
        for partition in partitions {
            let (low_offset, log_end) = (low.get(&partition).copied(), end.get(&partition).copied());
            self.judge(&partition, low_offset.unwrap_or(0), log_end.unwrap_or(i64::MAX))?;
        }
        self.assign()
    }

    /// Moves a position that the log does not hold any more, or ends where it never did.
    fn judge(&mut self, partition: &TopicPartition, low_offset: i64, log_end: i64) -> Result<(), Unwanted> {
        let Some((next_offset, end_offset)) = self.left.get(partition).copied() else {
            return Ok(());
        };
        if log_end < next_offset {
            self.say(Read::Anew(format!(
                "the log of {partition} ends before offset {next_offset}: the topic was made anew, and holds other \
                 records than those asked for"
            )))?;
            return Err(Unwanted);
        }
        if low_offset <= next_offset {
            return Ok(());
        }
        let reached = low_offset.min(end_offset);
        if reached < end_offset {
            self.left.insert(partition.clone(), (reached, end_offset));
        } else {
            self.left.remove(partition);
        }
        self.say(Read::Lost(partition.clone(), reached))
    }

    fn say(&self, read: Read) -> Result<(), Unwanted> {
        self.sender.blocking_send(read).map_err(|_| Unwanted)
    }
}
