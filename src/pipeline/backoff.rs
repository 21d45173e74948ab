//! Growing distances between tries, with jitter so that many workers do not come back at once.

use super::store::FailureKind;
use rand::RngExt;
use rand::rngs::StdRng;
use std::time::Duration;

/// The distance to the next try.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    failures: u32,
}

/// The longest distance.
const MAX: Duration = Duration::from_secs(30);

impl Backoff {
    /// The distance after one more failure: 20 ms at first for contention and a broken connection, 200 ms for an
    /// outage, doubled each time, at most half a minute (contention: one second), and a random half of it.
    pub fn next(&mut self, kind: FailureKind, random: &mut StdRng) -> Duration {
        let (first, max) = match kind {
            FailureKind::Contention => (Duration::from_millis(20), Duration::from_secs(1)),
            FailureKind::Connection | FailureKind::ReadOnly if self.failures == 0 => (Duration::from_millis(20), MAX),
            _ => (Duration::from_millis(200), MAX),
        };
        let distance = first.saturating_mul(1 << self.failures.min(12)).min(max);
        self.failures = self.failures.saturating_add(1);
        distance.mul_f64(random.random_range(0.5..=1.0))
    }
}
