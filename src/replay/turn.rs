//! The work of a run: read, decode, fold, hand over; until the ranges end or something else does it.

use super::lanes::{LaneEvent, Lanes};
use super::live::Look;
use super::pace::Pace;
use super::run::{End, Reached, TELL_EVERY, of_failure, of_look};
use super::{Filter, Job, Means};
use crate::event::{Limits, Timestamp};
use crate::kafka::{ClientError, RangeReader, Read};
use crate::pipeline::{Written, report};
use crate::position::{Epoch, TopicPartition};
use crate::record::Record;
use crate::store::replays::Replays;
use crate::telemetry::{label, write};
use chrono::Utc;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// How long a broker that is away is waited for before the job rests.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub(super) struct Turn {
    name: Arc<str>,
    epoch: Epoch,
    filter: Filter,
    limits: Limits,
    pace: Pace,
    reader: RangeReader,
    /// Every range is read to its end.
    read: bool,
    lanes: Lanes,
    looks: watch::Receiver<Look>,
    /// Where each partition goes on, handed-over records included.
    next_offsets: BTreeMap<TopicPartition, i64>,
    /// Records that the pace does not allow yet.
    pending: Option<(TopicPartition, std::vec::IntoIter<Record>)>,
    away_since: Option<Instant>,
    reached: Reached,
}

impl Turn {
    pub(super) fn begin(job: &Job, means: &Means, looks: watch::Receiver<Look>) -> Result<Self, ClientError> {
        let starts = job.left.iter();
        Ok(Self {
            name: Arc::clone(&job.name),
            epoch: job.epoch,
            filter: job.filter.clone(),
            limits: means.limits,
            pace: Pace::new(job.rate),
            reader: RangeReader::open(&means.kafka, &job.left)?,
            read: false,
            lanes: Lanes::start(&means.store, means.lanes, means.batch, &job.left),
            looks,
            next_offsets: starts
                .map(|range| (range.partition.clone(), range.start_offset))
                .collect(),
            pending: None,
            away_since: None,
            reached: Reached::default(),
        })
    }

    pub(super) async fn work(
        &mut self,
        replays: &mut Replays,
        mut stop: watch::Receiver<bool>,
        mut tell: impl FnMut(&Reached),
    ) -> End {
        let mut ticks = interval(TELL_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.lanes.dispatch(self.read && self.pending.is_none());
            if self.read && self.pending.is_none() && self.lanes.are_empty() {
                return self.reached.end();
            }
            let wanted = !self.read && self.pending.is_none() && self.lanes.have_room() && !self.reached.yields;
            let event = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return End::Stopped,
                Some(event) = self.lanes.next() => self.on_lane(event),
                _ = ticks.tick() => {
                    tell(&self.reached);
                    self.reached.lost.clear();
                    self.look()
                }
                read = self.reader.next(), if wanted => self.on_read(read, replays).await,
                () = tokio::time::sleep(Pace::STEP), if self.pending.is_some() => Ok(()),
            };
            if let Err(end) = event {
                return end;
            }
            self.take_pending();
        }
    }

    /// Waits for what is being written, since it would only be read again. Says how far the run got.
    pub(super) async fn finish(mut self, deadline: Duration) -> Reached {
        let writing = async {
            while self.lanes.are_writing() {
                match self.lanes.next().await {
                    Some(event) => drop(self.on_lane(event)),
                    None => return,
                }
            }
        };
        // past the deadline the transaction is cut short, which is as safe
        let _ = timeout(deadline, writing).await;
        self.lanes.end();
        self.reached
    }

    fn on_lane(&mut self, event: LaneEvent) -> Result<(), End> {
        self.lanes.idle(event.lane);
        match event.what {
            Ok(written) => {
                self.on_written(&written, event.lane, event.elapsed);
                Ok(())
            }
            Err(failure) => Err(of_failure(&failure)),
        }
    }

    fn on_written(&mut self, written: &Written, lane: usize, elapsed: Duration) {
        write::batch_written(&write::BatchWritten {
            lane,
            mode: label::REPLAY,
            records: written.records() as u64,
            rows: written.rows(),
            elapsed,
        });
        report(written, label::REPLAY);
        for span in written.spans() {
            self.reached.offsets += span.next_offset - span.start_offset;
        }
        for tally in &written.receipt().tallies {
            self.reached.ledger += tally.total();
        }
    }

    /// What the look beside the work has found, and whether the broker has been away for too long.
    fn look(&mut self) -> Result<(), End> {
        let yielded = self.reached.yields;
        self.reached.live = of_look(*self.looks.borrow())?;
        self.reached.yields = self.reached.live.is_late();
        if yielded && !self.reached.yields {
            self.pace.begin_again();
        }
        match (&self.reached.trouble, self.away_since) {
            (Some(why), Some(since)) if since.elapsed() > PATIENCE => {
                Err(End::Unavailable(format!("no broker was reached for a minute: {why}")))
            }
            _ => Ok(()),
        }
    }

    async fn on_read(&mut self, read: Option<Read>, replays: &mut Replays) -> Result<(), End> {
        match read {
            None => self.read = true,
            Some(Read::Chunk(chunk)) => {
                (self.away_since, self.reached.trouble) = (None, None);
                self.pending = Some((chunk.partition, chunk.records.into_iter()));
            }
            Some(Read::Passed(partition, next_offset)) => self.pass(&partition, next_offset),
            Some(Read::Lost(partition, next_offset)) => self.lose(partition, next_offset, replays).await?,
            Some(Read::Unavailable(why)) => {
                self.away_since.get_or_insert_with(Instant::now);
                self.reached.trouble = Some(why);
            }
            Some(Read::Anew(why)) => return Err(End::Anew(why)),
            Some(Read::Unreadable(partition, from, why)) => self.reached.cannot_read(&partition, from, &why),
            Some(Read::Fatal(why)) => return Err(End::Fatal(why)),
        }
        Ok(())
    }

    /// Folds as many of the pending records as the pace allows.
    fn take_pending(&mut self) {
        let Some((partition, mut records)) = self.pending.take() else {
            return;
        };
        let allowed = self.pace.allows(Instant::now());
        let taken: Vec<Record> = records.by_ref().take(allowed).collect();
        self.pace.took(taken.len());
        if !taken.is_empty() {
            self.fold(&partition, taken);
        }
        if records.len() > 0 {
            self.pending = Some((partition, records));
        }
    }

    fn fold(&mut self, partition: &TopicPartition, records: Vec<Record>) {
        let Some(next_offset) = self.next_offsets.get_mut(partition) else {
            return;
        };
        let (limits, filter, epoch, start) = (&self.limits, &self.filter, self.epoch, *next_offset);
        let now = Timestamp::from_micros(Utc::now().timestamp_micros());
        if let Some(last) = records.last() {
            *next_offset = last.offset + 1;
        }
        self.lanes.fill(partition, |batch| {
            let slot = batch.span(partition, epoch, start);
            for record in records {
                let decoded = record.decode(limits, now);
                if filter.takes(&decoded) {
                    batch.push(slot, record, decoded);
                } else {
                    batch.advance(slot, record.offset + 1);
                }
            }
        });
    }

    /// Moves a partition over offsets that hold no records.
    fn pass(&mut self, partition: &TopicPartition, reached: i64) {
        let Some(next_offset) = self.next_offsets.get_mut(partition) else {
            return;
        };
        let (epoch, start) = (self.epoch, *next_offset);
        *next_offset = reached.max(start);
        self.lanes.fill(partition, |batch| {
            let slot = batch.span(partition, epoch, start);
            batch.advance(slot, reached);
        });
    }

    /// The log has deleted offsets of the range. What was read before them is stored first: a position never passes
    /// records that are not.
    async fn lose(&mut self, partition: TopicPartition, reached: i64, replays: &mut Replays) -> Result<(), End> {
        while !self.lanes.are_empty() {
            self.lanes.dispatch(true);
            match self.lanes.next().await {
                Some(event) => self.on_lane(event)?,
                None => return Err(End::Failed("the lanes have ended".to_owned())),
            }
        }
        let lost = replays.lose(&self.name, self.epoch, &partition, reached).await;
        lost.map_err(|failure| of_failure(&failure))?;
        if let Some(next_offset) = self.next_offsets.get_mut(&partition) {
            self.reached.offsets += reached - *next_offset;
            *next_offset = reached;
        }
        self.reached.lost.push((partition, reached));
        Ok(())
    }
}
