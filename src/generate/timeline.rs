//! When events are sent.

use std::time::Duration;

/// `count` instants in milliseconds since 1970, evenly over the time `span` before `end_at` and up to it.
pub fn spread(count: u64, end_at: i64, span: Duration) -> impl Iterator<Item = i64> {
    let span = span.as_millis();
    (1..=count).map(move |number| {
        let before_end = span * u128::from(count - number) / u128::from(count);
        end_at.saturating_sub_unsigned(u64::try_from(before_end).unwrap_or(u64::MAX))
    })
}
