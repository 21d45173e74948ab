//! Instants: microseconds since 1970, read from RFC 3339 or from milliseconds, and the bounds a record sets them.

use chrono::{DateTime, NaiveDate, SecondsFormat};
use std::fmt;
use std::time::Duration;

/// An instant in UTC, in microseconds since 1970-01-01T00:00:00Z.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// From milliseconds since 1970; none if the microseconds do not fit.
    pub(super) fn from_millis(millis: i64) -> Option<Self> {
        millis.checked_mul(1_000).map(Self)
    }

    /// From RFC 3339, narrower than the library reads it: `T` between date and time, an ASCII sign, no second 60.
    /// `t` and `z` may be small; digits past the microsecond are cut.
    pub(super) fn from_rfc3339(text: &str) -> Option<Self> {
        let (date_and_time, rest) = text.as_bytes().split_first_chunk::<19>()?;
        #[rustfmt::skip]
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b't', h1, h2, b':', n1, n2, b':', s1, s2] = *date_and_time
        else {
            return None;
        };
        let (micros, offset) = fraction(rest)?;
        let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
        let date = NaiveDate::from_ymd_opt(year, number(&[m1, m2])?, number(&[d1, d2])?)?;
        let local = date.and_hms_micro_opt(number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?, micros)?;
        Some(Self(
            local.and_utc().timestamp_micros() - offset_seconds(offset)? * 1_000_000,
        ))
    }
}

/// RFC 3339 in UTC, with as many fraction digits as it needs.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::from_timestamp_micros(self.0) {
            Some(time) => f.write_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            // beyond the calendar's years
            None => write!(f, "{} microseconds since 1970", self.0),
        }
    }
}

/// Digits as a number; none if one of them is no digit.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
    })
}

/// What follows the seconds: microseconds, and the text of the offset.
fn fraction(rest: &[u8]) -> Option<(u32, &[u8])> {
    let Some((b'.', fraction)) = rest.split_first() else {
        return Some((0, rest));
    };
    let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, offset) = fraction
        .split_at_checked(length)
        .filter(|(digits, _)| !digits.is_empty())?;
    let padded = digits.iter().chain([b'0'; 6].iter()).take(6);
    Some((
        padded.fold(0, |micros, digit| micros * 10 + u32::from(digit - b'0')),
        offset,
    ))
}

/// Seconds that the local time is ahead of UTC.
fn offset_seconds(offset: &[u8]) -> Option<i64> {
    match *offset {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let hours = number(&[h1, h2]).filter(|hours| *hours <= 23)?;
            let minutes = number(&[m1, m2]).filter(|minutes| *minutes <= 59)?;
            let seconds = i64::from(hours * 3_600 + minutes * 60);
            Some(if sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}

/// The times that a record may speak of, both ends included.
#[derive(Copy, Clone, Debug)]
pub(super) struct Bounds {
    latest: Timestamp,
}

impl Bounds {
    /// 2000-01-01T00:00:00Z: what lies before comes from a clock that was never set.
    const EARLIEST: Timestamp = Timestamp(946_684_800_000_000);

    /// The record's own time decides, so that a replay judges as the first reading did; `now` only where it has none.
    pub(super) fn of(record_millis: Option<i64>, now: Timestamp, max_clock_skew: Duration) -> Self {
        let base = record_millis.map_or(now.0, |millis| millis.saturating_mul(1_000));
        let skew = i64::try_from(max_clock_skew.as_micros()).unwrap_or(i64::MAX);
        Self {
            latest: Timestamp(base.saturating_add(skew)),
        }
    }

    /// Whether the time lies within.
    pub(super) fn contain(self, time: Timestamp) -> bool {
        (Self::EARLIEST..=self.latest).contains(&time)
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", Self::EARLIEST, self.latest)
    }
}
