//! The main loop: one owner of everything that changes, one place where things happen in an order.

use super::claim::Found;
use super::lane::LaneEvent;
use super::lanes::{BatchLimits, LaneBuffer, Trigger};
use super::partitions::Partitions;
use super::source::{Source, SourceEvent};
use super::store::Store;
use crate::event::Limits;
use crate::telemetry::{StatusBoard, check, write};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

/// What to do when the log no longer holds a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnGap {
    /// The partition stands still until a person has decided.
    Halt,
    /// Go on with the oldest record that is there.
    Skip,
}

/// How the worker works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The topics it reads.
    pub topics: Vec<Arc<str>>,
    /// Connections that write side by side.
    pub lanes: usize,
    /// When a batch is full.
    pub batch: BatchLimits,
    /// What an event may be.
    pub limits: Limits,
    /// What to do when the log no longer holds a position.
    pub on_gap: OnGap,
    /// How long stopping may take.
    pub shutdown_deadline: Duration,
}

/// Why the worker ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It was asked to, and all that it had taken in is stored.
    Stopped,
    /// It was asked to, and the deadline passed; what is not stored will be read again.
    DeadlinePassed,
    /// The client cannot go on.
    Fatal(String),
}

/// How often the worker looks at what has no event: positions in the log, claims to repeat.
const TICK: Duration = Duration::from_secs(1);

/// The state machine between the log and the database.
#[derive(Debug)]
pub struct Worker<Log, Database> {
    pub(super) settings: Settings,
    pub(super) source: Log,
    pub(super) store: Database,
    pub(super) board: StatusBoard,
    pub(super) partitions: Partitions,
    pub(super) lanes: Vec<LaneBuffer>,
    pub(super) lane_events: mpsc::Receiver<LaneEvent>,
    pub(super) claims: JoinSet<Vec<Found>>,
    pub(super) lookups: JoinSet<()>,
    pub(super) database_down_since: Option<Instant>,
    /// When stopping has to be over; none while running.
    stop_by: Option<Instant>,
    fatal: Option<String>,
}

impl<Log: Source, Database: Store> Worker<Log, Database> {
    /// A worker that owns nothing yet. Has to be made inside a Tokio runtime.
    pub fn new(settings: Settings, source: Log, store: Database, board: StatusBoard) -> Self {
        let (events, lane_events) = mpsc::channel(settings.lanes.max(1) * 2);
        let lanes = (0..settings.lanes.max(1))
            .map(|number| LaneBuffer::spawn(number, &store, settings.batch, events.clone()))
            .collect();
        Self {
            settings,
            source,
            store,
            board,
            partitions: Partitions::default(),
            lanes,
            lane_events,
            claims: JoinSet::new(),
            lookups: JoinSet::new(),
            database_down_since: None,
            stop_by: None,
            fatal: None,
        }
    }

    /// Works until `stop` becomes true or the client cannot go on; then stores what was taken in, leaves the
    /// group and ends.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) -> End {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.board.check(check::RUNNING, Ok(()));
        let end = loop {
            let wanted = self.stop_by.is_none() && self.has_room();
            let due_at = self.due_at();
            tokio::select! {
                biased;
                () = stopped(&mut stop), if self.stop_by.is_none() => self.begin_stop(),
                Some(event) = self.lane_events.recv() => self.on_lane(event),
                Some(found) = self.claims.join_next(), if !self.claims.is_empty() => self.on_claims(found),
                Some(_) = self.lookups.join_next(), if !self.lookups.is_empty() => {}
                () = sleep_until(due_at.unwrap_or_else(Instant::now)), if due_at.is_some() => {}
                _ = tick.tick() => self.on_tick(),
                event = self.source.next(wanted) => self.on_source(event),
            }
            self.dispatch();
            self.release_drained();
            if let Some(end) = self.end() {
                break end;
            }
        };
        self.source.close().await;
        end
    }

    fn on_source(&mut self, event: SourceEvent) {
        match event {
            SourceEvent::Assigned(partitions) => self.on_assigned(&partitions),
            SourceEvent::Revoked(partitions) => self.on_revoked(&partitions),
            SourceEvent::Lost(partitions) => self.on_lost(&partitions),
            SourceEvent::Chunk(chunk) => self.on_chunk(chunk),
            SourceEvent::Drained {
                partition,
                generation,
                next_offset,
            } => {
                self.on_drained(&partition, generation, next_offset);
            }
            SourceEvent::PositionsInDoubt => self.check_positions(),
            SourceEvent::Unavailable(error) => self.on_unavailable(error),
            SourceEvent::Fatal(error) => {
                self.fatal = Some(error);
                self.begin_stop();
            }
        }
    }

    fn begin_stop(&mut self) {
        self.board.check(check::RUNNING, Err("stopping".to_owned()));
        self.stop_by
            .get_or_insert_with(|| Instant::now() + self.settings.shutdown_deadline);
        self.claims.abort_all();
        self.lanes.iter_mut().for_each(|lane| lane.flush(Trigger::Shutdown));
    }

    /// Hands batches that are due to idle lanes.
    fn dispatch(&mut self) {
        let now = Instant::now();
        for lane in &mut self.lanes {
            if let Some((trigger, rows, age)) = lane.dispatch(now) {
                write::flush(trigger.as_str(), rows, age);
            }
        }
    }

    fn has_room(&self) -> bool {
        self.lanes.iter().any(LaneBuffer::has_room)
    }

    /// When something has to happen that no event announces.
    fn due_at(&self) -> Option<Instant> {
        let lanes = self.lanes.iter().filter_map(LaneBuffer::due_at);
        let releases = self.partitions.iter().filter_map(|(_, partition)| partition.release_by);
        lanes.chain(releases).chain(self.stop_by).min()
    }

    fn end(&self) -> Option<End> {
        let stop_by = self.stop_by?;
        let drained = self.lanes.iter().all(LaneBuffer::is_empty);
        if !drained && stop_by > Instant::now() {
            return None;
        }
        Some(match &self.fatal {
            Some(error) => End::Fatal(error.clone()),
            None if drained => End::Stopped,
            None => End::DeadlinePassed,
        })
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // a sender that is gone can ask for nothing any more
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
