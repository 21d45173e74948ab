//! A job from where it is to its end, or until it has to stop.

use super::live::{self, Look};
use super::turn::Turn;
use super::{Job, Live, Means};
use crate::batch::Ledger;
use crate::kafka::{ClientError, KafkaLookup};
use crate::pipeline::{Failure, FailureKind};
use crate::position::TopicPartition;
use crate::store::replays::{Replays, State};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// How a run of a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Everything of its ranges is stored.
    Done,
    /// It was asked to stop; it can be gone on with.
    Stopped,
    /// Another process has the job now.
    TakenOver,
    /// Somebody cancelled the job.
    Cancelled,
    /// Broker or database are away for long; it can be gone on with.
    Unavailable(String),
    /// It cannot go on until somebody has done something about it.
    Failed(String),
    /// The topic was made anew, so that nothing of what is left can be read any more.
    Anew(String),
    /// The Kafka client cannot go on.
    Fatal(String),
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Offsets that this run has stored.
    pub offsets: i64,
    /// What became of their records.
    pub ledger: Ledger,
    /// How the live group gets on.
    pub live: Live,
    /// It makes way for the live group.
    pub yields: bool,
    /// What is out of reach, if anything is.
    pub trouble: Option<String>,
    /// Partitions that cannot be read to the end of their range, each with the offset and why, for a person.
    pub unreadable: Vec<String>,
    /// What has to be said aloud: a partition whose log has lost offsets of the range, up to this one.
    pub lost: Vec<(TopicPartition, i64)>,
}

impl Reached {
    pub(super) fn cannot_read(&mut self, partition: &TopicPartition, from: i64, why: &str) {
        self.unreadable
            .push(format!("{partition}: from offset {from} on, {why}"));
    }

    /// How the run ends once all that can be read is stored.
    pub(super) fn end(&self) -> End {
        if self.unreadable.is_empty() {
            return End::Done;
        }
        End::Failed(format!(
            "{}; all else of the range is stored",
            self.unreadable.join("; ")
        ))
    }
}

/// How often `tell` is called.
pub(super) const TELL_EVERY: Duration = Duration::from_millis(100);

/// Works until the job is done or `stop` becomes true, and enters the end in its row. `tell` is called often.
pub async fn run(
    job: &Job,
    mut means: Means,
    watching: Replays,
    stop: watch::Receiver<bool>,
    mut tell: impl FnMut(&Reached),
) -> Result<End, ClientError> {
    let lookup = KafkaLookup::open(&means.kafka)?;
    let looks = live::begin(&means, job, watching, lookup);
    let mut turn = Turn::begin(job, &means, looks)?;
    let end = turn.work(&mut means.replays, stop, &mut tell).await;
    tell(&turn.finish(means.deadline).await);
    let (state, detail) = match &end {
        End::Done => (State::Done, None),
        End::Stopped => (State::Paused, None),
        End::Unavailable(why) => (State::Paused, Some(why.as_str())),
        End::Failed(why) | End::Anew(why) | End::Fatal(why) => (State::Failed, Some(why.as_str())),
        End::TakenOver | End::Cancelled => return Ok(gone(&job.name, &mut means.replays).await),
    };
    // while the database is away the row stays as it is, which says "running" and can be gone on with, too
    let entered = timeout(means.deadline, means.replays.end(&job.name, job.epoch, state, detail)).await;
    Ok(match (entered, end) {
        (Ok(Ok(false)), _) => End::TakenOver,
        (Ok(Err(failure)), End::Done) => End::Unavailable(failure.message),
        (Err(_), End::Done) => End::Unavailable("the database does not answer".to_owned()),
        (_, end) => end,
    })
}

/// Why the job is not ours any more.
async fn gone(name: &str, replays: &mut Replays) -> End {
    match replays.owner(name).await {
        Ok(Some((_, State::Cancelled))) => End::Cancelled,
        _ => End::TakenOver,
    }
}

/// What it means that a batch was given up.
pub(super) fn of_failure(failure: &Failure) -> End {
    match failure.kind {
        FailureKind::Fenced => End::TakenOver,
        FailureKind::Defect => End::Failed(format!("the database refused: {failure}")),
        FailureKind::Contention | FailureKind::Connection | FailureKind::ReadOnly | FailureKind::Outage => {
            End::Unavailable(format!("the database is not available: {failure}"))
        }
    }
}

/// What a look says of the job, if it is not ours any more.
pub(super) fn of_look(look: Look) -> Result<Live, End> {
    match look {
        Look::Ours(live) => Ok(live),
        Look::Gone(State::Cancelled) => Err(End::Cancelled),
        Look::Gone(_) => Err(End::TakenOver),
    }
}
