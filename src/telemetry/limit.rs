//! Log lines that would come again and again: one in ten seconds for each cause.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the same cause is not told again.
const QUIET: Duration = Duration::from_secs(10);

/// Remembers when each cause was told. Causes come from a closed set, so there are few.
#[derive(Debug)]
pub struct Limiter<Cause> {
    told: BTreeMap<Cause, Told>,
}

#[derive(Debug)]
struct Told {
    at: Instant,
    left_out: u64,
}

impl<Cause> Limiter<Cause> {
    /// One that has been told nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { told: BTreeMap::new() }
    }
}

impl<Cause: Ord> Limiter<Cause> {
    /// Whether the cause may be told at `now`; if so, how many lines were left out since it was told last.
    pub fn due(&mut self, cause: Cause, now: Instant) -> Option<u64> {
        let Some(told) = self.told.get_mut(&cause) else {
            self.told.insert(cause, Told { at: now, left_out: 0 });
            return Some(0);
        };
        if now.saturating_duration_since(told.at) < QUIET {
            told.left_out += 1;
            return None;
        }
        told.at = now;
        Some(std::mem::take(&mut told.left_out))
    }
}

/// The same for one that threads share.
pub(super) fn due(limiter: &Mutex<Limiter<&'static str>>, cause: &'static str) -> Option<u64> {
    let mut limiter = limiter.lock().unwrap_or_else(PoisonError::into_inner);
    limiter.due(cause, Instant::now())
}

impl<Cause> Default for Limiter<Cause> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_is_told_once_in_ten_seconds_with_the_number_of_lines_left_out() {
        let mut limiter = Limiter::new();
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        assert_eq!(limiter.due("outage", start), Some(0));
        assert_eq!(limiter.due("outage", at(1)), None);
        assert_eq!(limiter.due("contention", at(2)), Some(0));
        assert_eq!(limiter.due("outage", at(9_999)), None);
        assert_eq!(limiter.due("outage", at(10_000)), Some(2));
        assert_eq!(limiter.due("outage", at(20_000)), Some(0));
    }
}
