//! The last quarter of an hour, for charts: bounded, and only in memory.

use serde::Serialize;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// Distance between two samples.
const EVERY: Duration = Duration::from_secs(5);
/// How long a sample is kept.
const KEPT: Duration = Duration::from_mins(15);
/// The rate of now is that of about this long.
const NOW: Duration = Duration::from_secs(30);

/// One point of a chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// How long ago it was taken.
    pub seconds_ago: f64,
    /// Records that were stored a second, since the sample before.
    pub records_per_second: f64,
    /// Age of the oldest record that was not stored in any partition; none if that was not known.
    pub lag_seconds: Option<f64>,
}

#[derive(Debug, Default)]
pub(super) struct History {
    taken: VecDeque<Taken>,
}

#[derive(Clone, Copy, Debug)]
struct Taken {
    at: Instant,
    /// Records stored since the process began.
    records: u64,
    lag_seconds: Option<f64>,
}

impl History {
    /// Whether it is time for a sample.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.taken.back().is_none_or(|last| now - last.at >= EVERY)
    }

    pub(super) fn take(&mut self, now: Instant, records: u64, lag_seconds: Option<f64>) {
        while self.taken.front().is_some_and(|first| now - first.at > KEPT) {
            self.taken.pop_front();
        }
        self.taken.push_back(Taken {
            at: now,
            records,
            lag_seconds,
        });
    }

    /// Every sample that has one before it, the oldest first.
    pub(super) fn samples(&self, now: Instant) -> Vec<Sample> {
        let pairs = self.taken.iter().zip(self.taken.iter().skip(1));
        pairs
            .map(|(before, sample)| Sample {
                seconds_ago: (now - sample.at).as_secs_f64(),
                records_per_second: rate(*before, sample.records, sample.at),
                lag_seconds: sample.lag_seconds,
            })
            .collect()
    }

    /// What is stored a second at present; none before there is anything to compare with.
    pub(super) fn rate(&self, now: Instant, records: u64) -> Option<f64> {
        let long_ago = |taken: &&Taken| now - taken.at >= NOW;
        let before = self.taken.iter().rev().find(long_ago).or(self.taken.front())?;
        (now > before.at).then(|| rate(*before, records, now))
    }
}

#[expect(clippy::cast_precision_loss, reason = "no process stores 2^53 records")]
fn rate(before: Taken, records: u64, at: Instant) -> f64 {
    records.saturating_sub(before.records) as f64 / (at - before.at).as_secs_f64()
}
