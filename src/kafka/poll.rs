//! The thread that polls the client: the only one that talks to the group.
//!
//! It never waits longer than a second without polling, so the group stays healthy however slow the pipeline is. If the
//! pipeline takes no control events at all it stops polling, and the group gives the partitions to somebody alive.

use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaResult;
use tracing::debug;

use super::assignment::{Assignment, Command};
use super::context::Rebalanced;
use super::fault::{self, Fault};
use super::intake::Intake;
use super::maker::{FORGOTTEN, Renewable};
use super::outlet::Outlet;
use crate::pipeline::SourceEvent;
use crate::telemetry::Limiter;

/// How long a poll waits for the first record, and so a command for its turn.
const POLL: Duration = Duration::from_millis(10);
/// How long to wait for room between two tries.
const SLICE: Duration = Duration::from_millis(2);
/// How long records wait for room before everything is paused; a pause throws away what was prefetched.
const PATIENCE: Duration = Duration::from_secs(1);
/// Distance between two looks at the client's positions.
const POSITIONS: Duration = Duration::from_millis(50);
/// Distance between two reports that positions are in doubt: one lost topic gives an error per partition.
const DOUBT: Duration = Duration::from_secs(1);

/// State of the thread.
pub(super) struct Poller {
    client: Renewable,
    commands: Receiver<Command>,
    control: Outlet,
    intake: Intake,
    assignment: Assignment,
    told: Limiter<i32>,
    blocked_since: Option<Instant>,
    positions_due: Instant,
    doubt: bool,
    doubt_told: Option<Instant>,
    ended: bool,
}

impl Poller {
    pub(super) fn new(client: Renewable, commands: Receiver<Command>, control: Outlet, records: Outlet) -> Self {
        Self {
            client,
            commands,
            control,
            intake: Intake::new(records),
            assignment: Assignment::default(),
            told: Limiter::new(),
            blocked_since: None,
            positions_due: Instant::now(),
            doubt: false,
            doubt_told: None,
            ended: false,
        }
    }

    /// Polls until the source is closed or dropped, then leaves the group.
    pub(super) fn run(mut self) {
        while self.turn() {}
        // an open revocation must be answered before the client ends; from here on callbacks answer
        self.client.context().close();
        let everything: Vec<_> = self.assignment.readings.partitions().collect();
        if let Err(failure) = self.assignment.lost(&self.client, &everything) {
            debug!(%failure, "leaving the group: partitions were not given back");
        }
    }

    /// One round: commands, what waits for room, records. False when it is over.
    fn turn(&mut self) -> bool {
        if !self.serve_commands() {
            return false;
        }
        if !self.control.flush() {
            return self.wait(SLICE);
        }
        if self.ended {
            return self.wait(POLL);
        }
        if self.intake.records.flush() {
            self.blocked_since = None;
            if self.assignment.is_throttled() && self.intake.records.has_room() {
                let outcome = self.assignment.throttle(&self.client, false);
                self.check(outcome);
            }
        } else if !self.assignment.is_throttled() {
            if self.blocked_since.get_or_insert_with(Instant::now).elapsed() < PATIENCE {
                return self.wait(SLICE);
            }
            let outcome = self.assignment.throttle(&self.client, true);
            self.check(outcome);
        }
        self.poll_records();
        self.serve_rebalances();
        self.renew_client();
        self.look_at_positions();
        self.tell_doubt();
        true
    }

    /// Takes records until there are none, a chunk is full, or something else happened.
    fn poll_records(&mut self) {
        let mut wait = POLL;
        while let Some(polled) = self.client.poll(wait) {
            wait = Duration::ZERO;
            let is_enough = match polled {
                Ok(message) => self.intake.take(&message, &mut self.assignment.readings),
                Err(error) => {
                    self.report(fault::judge(&error, self.client.context().take_reason()));
                    true
                }
            };
            if is_enough {
                break;
            }
        }
        self.intake.finish();
        self.intake.records.flush();
    }

    fn serve_rebalances(&mut self) {
        for rebalanced in self.client.context().take_rebalanced() {
            // an empty list is answered too; that the group has nothing for this member says that it has let it in
            let (outcome, is_news, event) = match rebalanced {
                Rebalanced::Assigned(partitions) => {
                    let outcome = self.assignment.assigned(&self.client, &partitions);
                    (outcome, true, SourceEvent::Assigned(partitions))
                }
                Rebalanced::Revoked(partitions) => {
                    let outcome = self.assignment.revoked(&self.client, &partitions);
                    (outcome, !partitions.is_empty(), SourceEvent::Revoked(partitions))
                }
                Rebalanced::Lost(partitions) => match self.assignment.lost(&self.client, &partitions) {
                    Ok(gone) => (Ok(()), true, SourceEvent::Lost(gone)),
                    Err(failure) => (Err(failure), true, SourceEvent::Lost(partitions)),
                },
            };
            if is_news {
                self.control.push(event);
            }
            self.check(outcome);
        }
    }

    /// The new client joins the group as a new member, and whatever the old one had is lost with it.
    fn renew_client(&mut self) {
        match self.client.renew() {
            Ok(false) => {}
            Ok(true) => {
                self.control.push(SourceEvent::Unavailable(FORGOTTEN.to_owned()));
                self.control
                    .push(SourceEvent::Lost(self.assignment.readings.lose_everything()));
            }
            Err(fault) => self.report(fault),
        }
    }

    fn look_at_positions(&mut self) {
        let now = Instant::now();
        // an event about positions must not overtake records that still wait
        if now < self.positions_due || !self.intake.records.is_clear() {
            return;
        }
        self.positions_due = now + POSITIONS;
        match self.assignment.drained(&self.client) {
            Ok(events) => events.into_iter().for_each(|event| self.intake.records.push(event)),
            Err(failure) => debug!(%failure, "the client did not tell its positions"),
        }
        self.intake.records.flush();
    }

    fn report(&mut self, fault: Fault) {
        match fault {
            Fault::PositionsInDoubt => self.doubt = true,
            Fault::Unreadable(_) => self.doubt |= self.assignment.readings.mute(),
            Fault::Unavailable(code, text) if self.told.due(code as i32, Instant::now()).is_some() => {
                self.control.push(SourceEvent::Unavailable(text));
            }
            Fault::Unavailable(..) => {}
            Fault::Fatal(text) => self.end(text),
        }
    }

    /// Behind the records that were read: a claim drops what comes after it, and would meet the same doubt again and again.
    fn tell_doubt(&mut self) {
        if self.doubt && self.intake.records.is_clear() && self.doubt_told.is_none_or(|told| told.elapsed() >= DOUBT) {
            self.doubt = false;
            self.doubt_told = Some(Instant::now());
            self.intake.records.push(SourceEvent::PositionsInDoubt);
        }
    }

    fn serve_commands(&mut self) -> bool {
        loop {
            let goes_on = match self.commands.try_recv() {
                Ok(command) => self.apply(command),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => false,
            };
            if !goes_on {
                return false;
            }
        }
    }

    /// Waits for a command instead of for records.
    fn wait(&mut self, longest: Duration) -> bool {
        match self.commands.recv_timeout(longest) {
            Ok(command) => self.apply(command),
            Err(ended) => ended == RecvTimeoutError::Timeout,
        }
    }

    fn apply(&mut self, command: Command) -> bool {
        let (assignment, client) = (&mut self.assignment, &self.client);
        let outcome = match command {
            Command::Start(starts) => assignment.start(client, starts),
            Command::Release(partitions) => assignment.release(client, &partitions),
            Command::Pause(partitions) => assignment.pause(client, partitions),
            Command::Resume(partitions) => assignment.resume(client, &partitions),
            Command::Hint(hints) => {
                assignment.hint(client, hints);
                Ok(())
            }
            Command::Close => return false,
        };
        self.check(outcome);
        true
    }

    /// The client refused a change of what it reads: what it does now is not what we think it does.
    fn check(&mut self, outcome: KafkaResult<()>) {
        if let Err(failure) = outcome {
            let text = format!("the kafka client refused a change of its partitions: {failure}");
            self.end(text);
        }
    }

    fn end(&mut self, text: String) {
        self.ended = true;
        self.control.push(SourceEvent::Fatal(text));
    }
}
