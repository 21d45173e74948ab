//! One line per cause and while: a broker that is away must not flood the log.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// How long the same cause is not told again.
pub(super) const QUIET: Duration = Duration::from_secs(10);

/// Remembers when a cause was last told. Causes come from a closed set, so it stays small.
#[derive(Debug)]
pub(super) struct Limiter<K> {
    told: HashMap<K, Instant>,
}

impl<K: Eq + Hash> Limiter<K> {
    pub(super) fn new() -> Self {
        Self { told: HashMap::new() }
    }

    /// Whether `cause` may be told at `now`; if so, it counts as told.
    pub(super) fn allows(&mut self, cause: K, now: Instant) -> bool {
        let due = self
            .told
            .get(&cause)
            .is_none_or(|told| now.saturating_duration_since(*told) >= QUIET);
        if due {
            self.told.insert(cause, now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once_in_ten_seconds_and_others_besides_it() {
        let mut limiter = Limiter::new();
        let start = Instant::now();
        assert!(limiter.allows("down", start));
        assert!(!limiter.allows("down", start + Duration::from_millis(9_999)));
        assert!(limiter.allows("unknown topic", start + Duration::from_millis(1)));
        assert!(limiter.allows("down", start + QUIET));
    }
}
