//! Sees from the stored positions how far an ingestion is, since when it moves, and whether it still does.

use crate::command::exit::{Exit, Failure};
use crate::pipeline::Claimed;
use crate::position::TopicPartition;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Without any progress for so long something is wrong that will not pass by itself.
const PATIENCE: Duration = Duration::from_mins(1);

type Positions = BTreeMap<TopicPartition, Claimed>;

/// The progress of one ingestion.
#[derive(Debug)]
pub(super) struct Watch {
    /// Sum of the positions at the beginning.
    from: i64,
    done: i64,
    /// The last look at which nothing was stored yet.
    idle_until: Instant,
    moved_at: Instant,
}

impl Watch {
    pub(super) fn begin(stored: &Positions) -> Self {
        let now = Instant::now();
        Self {
            from: sum(stored),
            done: 0,
            idle_until: now,
            moved_at: now,
        }
    }

    /// How many records lie ahead.
    pub(super) fn ahead(&self, ends: &BTreeMap<TopicPartition, i64>) -> u64 {
        count(ends.values().sum::<i64>() - self.from)
    }

    /// How many records are stored by now; an error if nothing moves any more.
    pub(super) fn look(&mut self, stored: &Positions) -> Result<u64, Failure> {
        let done = sum(stored) - self.from;
        let now = Instant::now();
        if done > self.done {
            self.moved_at = now;
        } else if done == 0 {
            self.idle_until = now;
        }
        self.done = done;
        let halted = stored.iter().find_map(|(at, claim)| Some((at, claim.halted.as_ref()?)));
        if let Some((partition, why)) = halted {
            let message = format!("partition {partition} stands still: {why}");
            return Err(Failure::new(Exit::Failed, message));
        }
        if now.duration_since(self.moved_at) > PATIENCE {
            let waited = PATIENCE.as_secs();
            let message = format!("nothing was stored for {waited} s; the lines above say what is missing");
            return Err(Failure::new(Exit::Unavailable, message));
        }
        Ok(count(done))
    }

    /// How long ago the first record came, at most.
    pub(super) fn since_first(&self) -> Duration {
        self.idle_until.elapsed()
    }
}

/// Each step of a position is a record here: what the demo sends knows neither transactions nor compaction.
fn sum(positions: &Positions) -> i64 {
    positions.values().map(|position| position.next_offset).sum()
}

fn count(records: i64) -> u64 {
    u64::try_from(records).unwrap_or(0)
}
