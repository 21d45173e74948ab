//! A range of the log against the tables: every record is a row, a dead letter, or nothing that could be either.

use super::Differences;
use crate::batch::{Content, Entry, OpenBatch, SealedBatch};
use crate::event::{Decoded, Limits, Timestamp};
use crate::kafka::{ClientError, RangeReader, Read, Settings};
use crate::position::{Epoch, OffsetRange, TopicPartition};
use crate::record::Chunk;
use crate::store::audit::{Letter, Reflection, Reflections, letters, reflected};
use crate::store::error::reason;
use crate::store::{PgConnection, StoreError};
use chrono::Utc;
use std::collections::BTreeMap;
use std::time::Duration;
use thiserror::Error;
use tokio::time::{Instant, timeout_at};

/// Records that are looked for at once, at most.
const AT_ONCE: usize = 5_000;
/// Bytes of them, at most.
const BYTES_AT_ONCE: usize = 16 << 20;
/// How long a broker that is away is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// What was found of a range.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// Records that were read.
    pub records: u64,
    /// Of these, events that the tables reflect.
    pub reflected: u64,
    /// Records that are dead letters.
    pub dead_letters: u64,
    /// Records without a value.
    pub tombstones: u64,
    /// Events of users or tracks that do not exist: deleted, or dead letters no more.
    pub orphans: u64,
    /// Offsets that the log deleted before they were read.
    pub lost: i64,
    /// Partitions that could not be read to the end of the range.
    pub unreadable: u64,
    /// Events that the tables do not reflect, records that left no letter, and where unreadable ones begin.
    pub differences: Differences,
}

/// Why a range could not be compared to its end.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum AuditError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("{}", reason(.0))]
    Database(#[from] StoreError),
    #[error("no record came from kafka for a minute: {0}")]
    Unavailable(String),
    #[error("{0}")]
    Anew(String),
    #[error("{0}")]
    Fatal(String),
}

/// Compares every record of the ranges. `tell` hears how many are done.
pub async fn compare(
    (settings, limits): (&Settings, &Limits),
    ranges: &[OffsetRange],
    (connection, group): (&mut PgConnection, &str),
    mut tell: impl FnMut(u64),
) -> Result<Compared, AuditError> {
    let mut reader = RangeReader::open(settings, ranges)?;
    let mut comparison = Comparison::new(connection, group, limits, ranges);
    let mut deadline = Instant::now() + PATIENCE;
    let mut trouble = "it gives no reason".to_owned();
    loop {
        let Ok(read) = timeout_at(deadline, reader.next()).await else {
            return Err(AuditError::Unavailable(trouble));
        };
        match read {
            None => break,
            Some(Read::Chunk(chunk)) => comparison.take(chunk).await?,
            Some(Read::Passed(partition, next_offset)) => _ = comparison.moved(&partition, next_offset),
            Some(Read::Lost(partition, next_offset)) => {
                comparison.found.lost += comparison.moved(&partition, next_offset);
            }
            Some(Read::Unavailable(why)) => {
                trouble = why;
                continue;
            }
            Some(Read::Anew(why)) => return Err(AuditError::Anew(why)),
            Some(Read::Unreadable(partition, from, why)) => comparison.unreadable(&partition, from, &why),
            Some(Read::Fatal(why)) => return Err(AuditError::Fatal(why)),
        }
        deadline = Instant::now() + PATIENCE;
        tell(comparison.found.records);
    }
    comparison.look().await?;
    Ok(comparison.found)
}

#[derive(Debug)]
struct Comparison<'means> {
    connection: &'means mut PgConnection,
    group: &'means str,
    limits: &'means Limits,
    next_offsets: BTreeMap<TopicPartition, i64>,
    open: OpenBatch,
    found: Compared,
}

impl<'means> Comparison<'means> {
    fn new(
        connection: &'means mut PgConnection,
        group: &'means str,
        limits: &'means Limits,
        ranges: &[OffsetRange],
    ) -> Self {
        let start = |range: &OffsetRange| (range.partition.clone(), range.start_offset);
        Self {
            connection,
            group,
            limits,
            next_offsets: ranges.iter().map(start).collect(),
            open: OpenBatch::default(),
            found: Compared::default(),
        }
    }

    /// From this offset on the log holds no records.
    fn unreadable(&mut self, partition: &TopicPartition, from: i64, why: &str) {
        self.found.unreadable += 1;
        let what = format!("from here on, {why}");
        self.found.differences.add(partition, Some(from), what);
    }

    /// Reading goes on at this offset; says how far that is from where it was.
    fn moved(&mut self, partition: &TopicPartition, next_offset: i64) -> i64 {
        let reached = self.next_offsets.insert(partition.clone(), next_offset);
        next_offset - reached.unwrap_or(next_offset)
    }

    /// Sorts out what is no event, and looks at the others once they are enough. Letters are read before the tables: one
    /// that becomes a row between the two is an old letter or a new row, and never neither.
    async fn take(&mut self, chunk: Chunk) -> Result<(), StoreError> {
        let partition = chunk.partition;
        let (Some(first), Some(last)) = (chunk.records.first(), chunk.records.last()) else {
            return Ok(());
        };
        let (first, last) = (first.offset, last.offset);
        self.moved(&partition, last + 1);
        let letters = letters(self.connection, self.group, &partition, (first, last)).await?;
        let now = Timestamp::from_micros(Utc::now().timestamp_micros());
        for record in chunk.records {
            self.found.records += 1;
            let letter = letters.get(&record.offset);
            match (letter, record.decode(self.limits, now)) {
                (Some(Letter::Kept), _) | (Some(Letter::Resolved), Decoded::Rejection(_)) => {
                    self.found.dead_letters += 1;
                }
                (_, Decoded::Tombstone) => self.found.tombstones += 1,
                (None, Decoded::Rejection(rejection)) => {
                    let what = format!("{} in it, and no dead letter of it", rejection.reason);
                    self.found.differences.add(&partition, Some(record.offset), what);
                }
                (_, event) => {
                    let slot = self.open.span(&partition, Epoch(0), first);
                    self.open.push(slot, record, event);
                }
            }
        }
        if self.open.records() >= AT_ONCE || self.open.bytes() >= BYTES_AT_ONCE {
            self.look().await?;
        }
        Ok(())
    }

    /// Looks for the events in the tables.
    async fn look(&mut self) -> Result<(), StoreError> {
        let Some(batch) = std::mem::take(&mut self.open).seal() else {
            return Ok(());
        };
        let reflections = reflected(self.connection, &batch).await?;
        for (number, entry) in batch.entries().iter().enumerate() {
            match reflection(&reflections, entry) {
                Reflection::Orphan => self.found.orphans += 1,
                Reflection::Whole => self.found.reflected += 1,
                // another event of the same play or pair has said more than this one
                Reflection::Partly if !says_most(&batch, number, entry) => self.found.reflected += 1,
                wrong => {
                    let what = describe(&batch, entry, wrong);
                    let partition = batch.partition(entry);
                    self.found.differences.add(partition, Some(entry.record.offset), what);
                }
            }
        }
        Ok(())
    }
}

fn reflection(reflections: &Reflections, entry: &Entry) -> Reflection {
    let found = match entry.content {
        Content::Play(row) => reflections.plays.get(row as usize),
        Content::Pair(row) => reflections.pairs.get(row as usize),
        Content::Rejected(_) | Content::Tombstone => None,
    };
    found.copied().unwrap_or(Reflection::Absent)
}

/// Whether the folded row has something from this entry.
fn says_most(batch: &SealedBatch, number: usize, entry: &Entry) -> bool {
    let is_this = |entry: u32| entry as usize == number;
    match entry.content {
        Content::Play(row) => batch.plays().get(row as usize).is_some_and(|row| is_this(row.winner)),
        Content::Pair(row) => batch.pairs().get(row as usize).is_some_and(|row| {
            let likes = row.likes.iter().flat_map(|likes| [likes.first, likes.last]);
            likes.chain(row.unlike).any(|at| is_this(at.entry))
        }),
        Content::Rejected(_) | Content::Tombstone => false,
    }
}

fn describe(batch: &SealedBatch, entry: &Entry, wrong: Reflection) -> String {
    match entry.content {
        Content::Play(row) => {
            let id = batch.plays().get(row as usize).map(|row| row.play.id.0);
            let id = id.unwrap_or_default();
            match wrong {
                Reflection::Taken => format!("play {id}: another play has the id, and there is no dead letter"),
                Reflection::Partly => format!("play {id}: its row lacks what this event says"),
                _ => format!("play {id}: no row"),
            }
        }
        Content::Pair(row) => {
            let ids = batch
                .pairs()
                .get(row as usize)
                .map(|row| (row.user_id.0, row.track_id.0));
            let (user, track) = ids.unwrap_or_default();
            let kind = entry.kind.as_str();
            format!("{kind} of user {user}, track {track}: not reflected")
        }
        Content::Rejected(_) | Content::Tombstone => "no event".to_owned(),
    }
}
