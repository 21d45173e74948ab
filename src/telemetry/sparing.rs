//! Log lines that would come again and again: one in ten seconds for each cause.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the same cause is not told again.
const QUIET: Duration = Duration::from_secs(10);

/// Remembers when each cause was told. Causes come from a closed set, so there are few.
#[derive(Debug)]
pub(super) struct Sparing {
    told: Mutex<Vec<Told>>,
}

#[derive(Debug)]
struct Told {
    cause: &'static str,
    at: Instant,
    left_out: u64,
}

impl Sparing {
    pub(super) const fn new() -> Self {
        Self {
            told: Mutex::new(Vec::new()),
        }
    }

    /// Whether the cause may be told at `now`; if so, how many lines were left out since it was told last.
    pub(super) fn due(&self, cause: &'static str, now: Instant) -> Option<u64> {
        let mut all = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(told) = all.iter_mut().find(|told| told.cause == cause) else {
            all.push(Told {
                cause,
                at: now,
                left_out: 0,
            });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_is_told_once_in_ten_seconds_with_the_number_of_lines_left_out() {
        let sparing = Sparing::new();
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        assert_eq!(sparing.due("outage", start), Some(0));
        assert_eq!(sparing.due("outage", at(1)), None);
        assert_eq!(sparing.due("contention", at(2)), Some(0));
        assert_eq!(sparing.due("outage", at(9_999)), None);
        assert_eq!(sparing.due("outage", at(10_000)), Some(2));
        assert_eq!(sparing.due("outage", at(20_000)), Some(0));
    }
}
