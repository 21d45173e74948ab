//! How the live group gets on, and whether the job is still ours: looked at beside the work.

use super::{Job, Means};
use crate::kafka::KafkaLookup;
use crate::pipeline::{Claimed, Lookup, Store};
use crate::position::{TopicPartition, Watermarks};
use crate::store::PgStore;
use crate::store::replays::{Replays, State};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A live group whose positions did not move for so long does not work, so that nothing is gained by waiting for it.
const STILL: Duration = Duration::from_secs(10);
/// How far the live group may be behind before the job makes way.
const BOUND: Duration = Duration::from_secs(2);

/// How the live group gets on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// Offsets that it has still to store.
    pub behind: i64,
    /// How long it takes for them at its present speed; none if it does not move.
    pub lag: Option<Duration>,
}

impl Live {
    /// Whether the job has to make way.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.lag.is_some_and(|lag| lag > BOUND)
    }
}

/// What the last look found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// The job is ours.
    Ours(Live),
    /// Another process has taken it over, or somebody has ended it.
    Gone(State),
}

/// Looks until nobody listens.
pub(super) async fn watch(
    job: Job,
    live: PgStore,
    topics: Vec<Arc<str>>,
    (mut replays, lookup): (Replays, KafkaLookup),
    told: watch::Sender<Look>,
) {
    let mut drain = Drain::default();
    loop {
        // a database or a broker that is away is the others' to report: here it only means that nothing is known
        if let Ok(Some((epoch, state))) = replays.owner(&job.name).await
            && (epoch != job.epoch || state != State::Running)
        {
            // nobody listens only if the job has ended
            let _ = told.send(Look::Gone(state));
            return;
        }
        let now = match live.positions(topics.clone()).await {
            Ok(stored) if !stored.is_empty() => match lookup.watermarks(stored.keys().cloned().collect()).await {
                Ok(marks) => drain.look(&stored, &marks, Instant::now()),
                Err(_) => Live::default(),
            },
            _ => Live::default(),
        };
        if told.send(Look::Ours(now)).is_err() {
            return;
        }
        sleep(LOOK_EVERY).await;
    }
}

pub(super) fn begin(means: &Means, job: &Job, replays: Replays, lookup: KafkaLookup) -> watch::Receiver<Look> {
    let (told, looks) = watch::channel(Look::Ours(Live::default()));
    let (live, topics) = (means.live.clone(), means.live_topics.clone());
    tokio::spawn(watch(job.clone(), live, topics, (replays, lookup), told));
    looks
}

/// How fast the live group stores, from one look to the next.
#[derive(Debug, Default)]
struct Drain {
    last: Option<(Instant, i64)>,
    moved_at: Option<Instant>,
    per_second: f64,
}

impl Drain {
    #[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
    fn look(
        &mut self,
        stored: &BTreeMap<TopicPartition, Claimed>,
        marks: &BTreeMap<TopicPartition, Watermarks>,
        now: Instant,
    ) -> Live {
        let position: i64 = stored.values().map(|claimed| claimed.next_offset).sum();
        let behind = stored
            .iter()
            .filter_map(|(partition, claimed)| Some((marks.get(partition)?, claimed)))
            .map(|(marks, claimed)| {
                marks
                    .end_offset
                    .saturating_sub(claimed.next_offset.max(marks.low_offset))
                    .max(0)
            })
            .sum();
        if let Some((at, before)) = self.last {
            let seconds = now.saturating_duration_since(at).as_secs_f64().max(0.001);
            let moved = (position - before).max(0);
            if moved > 0 {
                self.moved_at = Some(now);
            }
            // half of it is the last look, so that one batch more or less does not count for much
            self.per_second = f64::midpoint(self.per_second, moved as f64 / seconds);
        }
        self.last = Some((now, position));
        let moves = self
            .moved_at
            .is_some_and(|at| now.saturating_duration_since(at) < STILL);
        let lag = match behind {
            0 => Some(Duration::ZERO),
            _ if moves => Duration::try_from_secs_f64(behind as f64 / self.per_second.max(0.001)).ok(),
            _ => None,
        };
        Live { behind, lag }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::position::Epoch;

    fn look(drain: &mut Drain, next_offset: i64, end_offset: i64, now: Instant) -> Live {
        let partition = TopicPartition::new("plays", 0);
        let claimed = Claimed::new(Epoch(1), next_offset);
        let marks = Watermarks {
            low_offset: 0,
            end_offset,
        };
        let (stored, marks) = (
            BTreeMap::from([(partition.clone(), claimed)]),
            BTreeMap::from([(partition, marks)]),
        );
        drain.look(&stored, &marks, now)
    }

    #[test]
    fn a_group_that_is_behind_is_waited_for_as_long_as_it_moves() {
        let (mut drain, start) = (Drain::default(), Instant::now());
        let second = |number: u64| start + Duration::from_secs(number);
        assert!(
            !look(&mut drain, 0, 100_000, second(0)).is_late(),
            "nothing is known of its speed yet"
        );
        assert!(look(&mut drain, 1_000, 100_000, second(1)).is_late());
        assert!(
            look(&mut drain, 1_000, 100_000, second(9)).is_late(),
            "it may be in a long batch"
        );
        let still = look(&mut drain, 1_000, 100_000, second(11));
        assert_eq!((still.behind, still.lag), (99_000, None));
        assert!(
            !still.is_late(),
            "nothing is gained by waiting for a group that stands still"
        );
        assert!(look(&mut drain, 2_000, 100_000, second(12)).is_late(), "it moves again");
        assert!(
            !look(&mut drain, 99_900, 100_000, second(13)).is_late(),
            "it is nearly there"
        );
        assert_eq!(look(&mut drain, 100_000, 100_000, second(60)).lag, Some(Duration::ZERO));
    }
}
