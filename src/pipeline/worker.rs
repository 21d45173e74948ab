//! The main loop: one owner of everything that changes, one place where things happen in an order.

use super::claim::Answer;
use super::errand::Errand;
use super::health::Health;
use super::lane::{LaneEvent, LaneHandle};
use super::lanes::{LaneBuffer, Trigger};
use super::partitions::{Partition, Partitions, Stage};
use super::settings::{End, Settings};
use super::source::{Source, SourceEvent};
use super::store::Store;
use crate::failpoint::{Place, reach};
use crate::telemetry::{StatusBoard, check, intake, write};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

/// How often the worker looks at what has no event.
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
    lane_events: mpsc::Receiver<LaneEvent>,
    lane_tasks: JoinSet<()>,
    pub(super) claims: JoinSet<Answer>,
    pub(super) errands: JoinSet<Errand>,
    /// When the log and the store are looked at again; none while that is under way.
    pub(super) look_at: Option<Instant>,
    pub(super) health: Health,
    /// The group has let this worker in.
    pub(super) joined: bool,
    pub(super) random: StdRng,
    /// When stopping has to be over; none while running.
    stop_by: Option<Instant>,
    fatal: Option<String>,
}

impl<Log: Source, Database: Store> Worker<Log, Database> {
    /// A worker that owns nothing yet. Has to be made inside a Tokio runtime.
    pub fn new(settings: Settings, source: Log, store: Database, board: StatusBoard) -> Self {
        Self::with_random(settings, source, store, board, rand::make_rng())
    }

    /// A worker whose every choice by chance is taken from `random`.
    pub(super) fn with_random(
        settings: Settings,
        source: Log,
        store: Database,
        board: StatusBoard,
        mut random: StdRng,
    ) -> Self {
        let (events, lane_events) = mpsc::channel(settings.lanes.max(1) * 2);
        let mut lane_tasks = JoinSet::new();
        let lanes = (0..settings.lanes.max(1))
            .map(|number| {
                let handle = LaneHandle::spawn(number, store.lane(), events.clone(), random.fork(), &mut lane_tasks);
                LaneBuffer::new(handle, settings.batch)
            })
            .collect();
        Self {
            settings,
            source,
            store,
            board,
            partitions: Partitions::default(),
            lanes,
            lane_events,
            lane_tasks,
            claims: JoinSet::new(),
            errands: JoinSet::new(),
            look_at: Some(Instant::now()),
            health: Health::default(),
            joined: false,
            random,
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
            let wanted = !self.is_stopping() && self.has_room();
            let due_at = self.due_at();
            tokio::select! {
                biased;
                () = stopped(&mut stop), if !self.is_stopping() => self.begin_stop(),
                Some(event) = self.lane_events.recv() => self.on_lane(event),
                Some(ended) = self.lane_tasks.join_next() => self.on_lane_ended(ended),
                Some(answer) = self.claims.join_next() => self.on_claims(answer),
                Some(errand) = self.errands.join_next() => self.on_errand(errand),
                () = sleep_until(due_at.unwrap_or_else(Instant::now)), if due_at.is_some() => {}
                _ = tick.tick() => self.on_tick(),
                // a client that cannot go on may say so again and again, and leave no time for anything else
                event = self.source.next(wanted), if self.fatal.is_none() => self.on_source(event),
            }
            self.dispatch();
            self.resume_lanes();
            self.halt_flooded();
            self.release_drained();
            self.claim_wanted();
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
            SourceEvent::Chunk(chunk) => {
                reach(Place::AfterPoll);
                self.on_chunk(chunk);
            }
            SourceEvent::Drained {
                partition,
                generation,
                next_offset,
            } => self.on_drained(&partition, generation, next_offset),
            SourceEvent::PositionsInDoubt => self.check_positions(),
            SourceEvent::Unavailable(error) => {
                intake::broker_unavailable(&error);
                self.broker_fails(&error);
                self.client_speaks();
            }
            SourceEvent::Fatal(error) => self.fail(format!("the Kafka client cannot go on: {error}")),
        }
    }

    pub(super) fn fail(&mut self, error: String) {
        self.fatal.get_or_insert(error);
        self.begin_stop();
    }

    /// A task of this worker ended by a panic: what it would have done will never happen. Nothing is lost by an
    /// end at once, and a new process begins where everything is stored.
    pub(super) fn on_lost_task(&mut self, error: &JoinError) {
        if error.is_panic() {
            self.fail(format!(
                "a part of the worker panicked, which is a defect of this program: {error}. Nothing is lost: start it again, \
                 and report the defect with the lines above"
            ));
            self.stop_by = Some(Instant::now());
        }
    }

    fn on_lane_ended(&mut self, ended: Result<(), JoinError>) {
        if let Err(error) = ended {
            self.on_lost_task(&error);
        }
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stop_by.is_some()
    }

    fn begin_stop(&mut self) {
        self.board.check(check::RUNNING, Err("stopping".to_owned()));
        self.stop_by
            .get_or_insert_with(|| Instant::now() + self.settings.shutdown_deadline);
        self.claims.abort_all();
        for (_, entry) in self.partitions.iter_mut() {
            if entry.stage == Stage::Claiming {
                entry.stage = Stage::Wanted(Instant::now());
            }
        }
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

    pub(super) fn has_room(&self) -> bool {
        self.lanes.iter().any(LaneBuffer::has_room)
    }

    /// When something has to happen that no event announces. A partition that is wanted by now waits for an event
    /// of its lane.
    fn due_at(&self) -> Option<Instant> {
        let now = Instant::now();
        let lanes = self.lanes.iter().filter_map(LaneBuffer::due_at);
        let entries = || self.partitions.iter().map(|(_, entry)| entry);
        let releases = entries().filter_map(|entry| entry.release_by);
        let claims = entries()
            .filter_map(Partition::wanted_at)
            .filter(|at| *at > now && !self.is_stopping());
        lanes.chain(releases).chain(claims).chain(self.stop_by).min()
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
