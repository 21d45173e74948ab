//! How many records may be read by now.

use std::time::Duration;
use tokio::time::Instant;

/// A number of records a second.
#[derive(Debug)]
pub(super) struct Pace {
    rate: Option<u32>,
    began: Instant,
    taken: u64,
}

impl Pace {
    pub(super) fn new(rate: Option<u32>) -> Self {
        Self {
            rate,
            began: Instant::now(),
            taken: 0,
        }
    }

    /// How many records may be taken now.
    pub(super) fn allows(&self, now: Instant) -> usize {
        let Some(rate) = self.rate else { return usize::MAX };
        let due = now.saturating_duration_since(self.began).as_micros() * u128::from(rate) / 1_000_000;
        usize::try_from(due.saturating_sub(u128::from(self.taken))).unwrap_or(usize::MAX)
    }

    pub(super) fn took(&mut self, records: usize) {
        self.taken += records as u64;
    }

    /// After a rest nothing is made up for.
    pub(super) fn begin_again(&mut self) {
        *self = Self::new(self.rate);
    }

    /// When it is worth while to ask again.
    pub(super) const STEP: Duration = Duration::from_millis(20);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_allows_so_many_a_second_and_makes_up_for_no_rest() {
        let mut pace = Pace::new(Some(500));
        let began = pace.began;
        assert_eq!(pace.allows(began), 0);
        assert_eq!(pace.allows(began + Duration::from_millis(20)), 10);
        pace.took(10);
        assert_eq!(pace.allows(began + Duration::from_millis(20)), 0);
        assert_eq!(pace.allows(began + Duration::from_secs(2)), 990);
        pace.begin_again();
        assert_eq!(pace.allows(pace.began), 0);
        assert_eq!(Pace::new(None).allows(began), usize::MAX);
    }
}
