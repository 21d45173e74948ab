//! One side of a range, as it is written.

use chrono::{DateTime, FixedOffset};
use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

/// One side of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::command) enum Bound {
    /// The oldest record that the log holds.
    Earliest,
    /// The end of the log.
    Latest,
    /// The first record that is not older.
    Time(DateTime<FixedOffset>),
    /// The first record that is not older than so long ago.
    Ago(Duration),
    /// This offset, in every partition.
    Offset(i64),
    /// An offset for each of some partitions; the others are not meant.
    Offsets(BTreeMap<i32, i64>),
}

/// What may be written.
const FORMS: &str = "expected earliest, latest, a time such as 2026-11-01T00:00:00Z, a time ago such as -7d or -90m, \
                     offset:N, or offset:P:N,P:N with an offset N for each partition P";

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(offsets) = text.strip_prefix("offset:") {
            return offset(offsets).ok_or_else(|| FORMS.to_owned());
        }
        if let Some(ago) = text.strip_prefix('-') {
            let ago = humantime::parse_duration(ago);
            return ago.map(Self::Ago).map_err(|error| format!("{error}; {FORMS}"));
        }
        match text {
            "earliest" => Ok(Self::Earliest),
            "latest" => Ok(Self::Latest),
            time => DateTime::parse_from_rfc3339(time)
                .map(Self::Time)
                .map_err(|_| FORMS.to_owned()),
        }
    }
}

fn offset(text: &str) -> Option<Bound> {
    if !text.contains(':') {
        return number(text).map(Bound::Offset);
    }
    let mut offsets = BTreeMap::new();
    for part in text.split(',') {
        let (partition, offset) = part.split_once(':')?;
        let partition = i32::try_from(number(partition)?).ok()?;
        // a partition that is given twice means nothing
        if offsets.insert(partition, number(offset)?).is_some() {
            return None;
        }
    }
    Some(Bound::Offsets(offsets))
}

/// Digits alone: a sign would be an offset that no log has.
fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_bound_is_understood() {
        let time = DateTime::parse_from_rfc3339("2026-11-01T01:00:00+01:00").unwrap();
        let cases = [
            ("earliest", Bound::Earliest),
            ("latest", Bound::Latest),
            ("2026-11-01T00:00:00Z", Bound::Time(time)),
            ("-7d", Bound::Ago(Duration::from_hours(7 * 24))),
            ("-1h30m", Bound::Ago(Duration::from_mins(90))),
            ("offset:12", Bound::Offset(12)),
            ("offset:0:12", Bound::Offsets(BTreeMap::from([(0, 12)]))),
            ("offset:0:12,3:4", Bound::Offsets(BTreeMap::from([(0, 12), (3, 4)]))),
        ];
        for (text, bound) in cases {
            assert_eq!(text.parse(), Ok(bound), "{text}");
        }
    }

    #[test]
    fn what_is_no_bound_is_refused_with_the_forms_that_are() {
        let cases = [
            "",
            "now",
            "7d",
            "-",
            "-7",
            "-7x",
            "2026-11-01",
            "2026-11-01T00:00:00",
            "offset:",
            "offset:-1",
            "offset:+1",
            "offset:1,2",
            "offset:0:1,0:2",
            "offset:0:1,",
            "offset:0:",
            "offset::1",
            "offset:0:-1",
            "offset:4294967296:1",
            "offset:99999999999999999999",
            "Earliest",
        ];
        for text in cases {
            let message = text.parse::<Bound>().expect_err(text);
            assert!(message.contains("offset:P:N"), "{message}");
        }
    }
}
