//! How the worker is, in a few words, and what to do.

use super::super::words::duration;
use crate::telemetry::{Check, PartitionStatus, Status, check};

/// Lag up to which the tables count as fresh: the promise to users.
pub(super) const FRESH_SECONDS: f64 = 30.0;
/// The lag is compared with that of about this long ago, to tell whether it grows.
const TREND_SECONDS: f64 = 60.0;

/// Nothing in it is escaped yet.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::admin) struct Verdict {
    /// Class of the style sheet: `good`, `late` or `bad`.
    pub(in crate::admin) class: &'static str,
    /// The state.
    pub(in crate::admin) title: String,
    /// Why, and how fresh the tables are.
    pub(in crate::admin) detail: String,
    /// What to do, with commands in backticks; none if nothing has to be done.
    pub(in crate::admin) advice: Option<String>,
}

/// What cannot go on outweighs late, and late outweighs fresh.
pub(in crate::admin) fn of(status: &Status) -> Verdict {
    let freshness = freshness(status);
    let failing = || status.checks.iter().filter(|check| !check.ok);
    // a worker that begins or ends may have other checks fail, and then those are the reason
    let first = failing()
        .filter(|check| check.is_known())
        .min_by_key(|check| check.name == check::RUNNING);
    match first {
        Some(check) => trouble(status, check, &freshness),
        None if failing().next().is_some() => Verdict {
            class: "late",
            title: "Starting".to_owned(),
            detail: "The worker has begun and does not read yet.".to_owned(),
            advice: None,
        },
        None => freshness,
    }
}

fn trouble(status: &Status, check: &Check, freshness: &Verdict) -> Verdict {
    let (class, title, advice) = match check.name.as_str() {
        check::DATABASE => (
            "bad",
            "Stopped: the database does not serve".to_owned(),
            Some(
                "Nothing is lost: what was read waits and is stored once the database serves again. Look at PostgreSQL; `audiohm-ingest check` says what is wrong.",
            ),
        ),
        check::BROKER => (
            "bad",
            "Stopped: Kafka does not serve".to_owned(),
            Some(
                "Reading goes on by itself once Kafka serves again. Look at the brokers; `audiohm-ingest check` says what is wrong.",
            ),
        ),
        check::PARTITIONS => (
            "bad",
            standing_still(&status.partitions),
            Some("These go on when somebody has decided; the commands are below."),
        ),
        check::RUNNING => ("late", "Stopping".to_owned(), None),
        other => ("bad", format!("Not ready: {other}"), None),
    };
    let detail = match check.name.as_str() {
        check::PARTITIONS => freshness.detail.clone(),
        _ => format!("{}. {}", check.detail.trim_end_matches('.'), freshness.detail),
    };
    let advice = advice.map(str::to_owned);
    Verdict {
        class,
        title,
        detail,
        advice,
    }
}

fn standing_still(partitions: &[PartitionStatus]) -> String {
    let halted = partitions.iter().filter(|partition| partition.halted.is_some()).count();
    let of = partitions.len();
    match (halted, halted == of) {
        (1, true) => "Stopped: the only partition is halted".to_owned(),
        (_, true) => format!("Stopped: all {of} partitions are halted"),
        (1, false) => format!("Partly stopped: 1 of {of} partitions is halted"),
        (_, false) => format!("Partly stopped: {halted} of {of} partitions are halted"),
    }
}

fn freshness(status: &Status) -> Verdict {
    let (class, title, detail) = in_words(status);
    Verdict {
        class,
        title,
        detail,
        advice: None,
    }
}

/// Class, title and detail.
fn in_words(status: &Status) -> (&'static str, String, String) {
    let partitions = &status.partitions;
    let latest = partitions.iter().filter_map(|it| Some((it.lag_seconds?, it)));
    let latest = latest.max_by(|(one, _), (other, _)| one.total_cmp(other));
    let unknown = partitions.iter().filter(|it| it.lag_seconds.is_none()).count();
    let fresh = |detail: String| ("good", "Fresh".to_owned(), detail);
    match latest {
        _ if partitions.is_empty() => {
            let detail = "The group has given this worker no partition.";
            ("good", "Ready, with nothing to do".to_owned(), detail.to_owned())
        }
        Some((lag, partition)) if lag > FRESH_SECONDS => {
            let (behind, trend) = (duration(lag), trend(status));
            let (topic, number) = (&partition.topic, partition.partition);
            let detail = format!("Listening history is {behind} behind, most in {topic}[{number}]{trend}.");
            ("late", format!("Behind by {behind}"), detail)
        }
        _ if unknown > 0 => {
            let of = partitions.len();
            let detail = format!("Of {unknown} of {of} partitions it is not known yet how far behind they are.");
            ("late", "Not known yet".to_owned(), detail)
        }
        Some((lag, _)) if lag > 0.0 => fresh(format!("The oldest event on its way is {} old.", duration(lag))),
        _ => fresh("Everything that is in the log is stored.".to_owned()),
    }
}

/// Whether the lag grows or shrinks, and when it will be gone.
fn trend(status: &Status) -> String {
    let before = status
        .history
        .iter()
        .rev()
        .find(|sample| sample.seconds_ago >= TREND_SECONDS);
    let before = before.and_then(|sample| Some((sample.seconds_ago, sample.lag_seconds?)));
    let (Some((ago, then)), Some(now)) = (before, status.lag_seconds) else {
        return String::new();
    };
    let gained = (then - now) / ago;
    if gained > 0.05 {
        format!("; catching up, at this pace done in about {}", duration(now / gained))
    } else if gained < -0.05 {
        "; falling further behind".to_owned()
    } else {
        "; neither catching up nor falling behind".to_owned()
    }
}
