//! Values as a person reads them, safe to put into HTML.

use crate::telemetry::{PartitionStatus, Status};
use std::time::Duration;

/// Lag up to which the tables count as fresh: the promise to users.
const FRESH_SECONDS: f64 = 30.0;

/// How the worker is, in a few words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Class of the style sheet: `good`, `late` or `bad`.
    pub(super) class: &'static str,
    /// The state.
    pub(super) title: &'static str,
    /// One sentence more, not escaped yet.
    pub(super) detail: String,
}

/// Not ready outweighs late, and late outweighs fresh.
pub(super) fn verdict(status: &Status) -> Verdict {
    if let Some(check) = status.checks.iter().find(|check| !check.ok) {
        let (class, title) = ("bad", "Not ready");
        let detail = format!("{}: {}", check.name, check.detail);
        return Verdict { class, title, detail };
    }
    if status.partitions.is_empty() {
        let (class, title) = ("good", "Ready, with nothing to do");
        let detail = "The group has given this worker no partition; others have them all.".to_owned();
        return Verdict { class, title, detail };
    }
    let latest = status
        .partitions
        .iter()
        .max_by(|left, right| lag(left).total_cmp(&lag(right)));
    let lag_seconds = latest.map_or(0.0, lag);
    if let Some(partition) = latest.filter(|_| lag_seconds > FRESH_SECONDS) {
        let (class, title) = ("late", "Behind");
        let (topic, number) = (&partition.topic, partition.partition);
        let lag = duration(lag_seconds);
        let detail = format!("{topic}[{number}] is {lag} behind; the tables do not show the newest events yet.");
        return Verdict { class, title, detail };
    }
    let (class, title) = ("good", "Fresh");
    let detail = if lag_seconds == 0.0 {
        "Everything that was in the log is in the tables.".to_owned()
    } else {
        format!("The oldest event on its way is {} old.", duration(lag_seconds))
    };
    Verdict { class, title, detail }
}

fn lag(partition: &PartitionStatus) -> f64 {
    partition.lag_seconds.unwrap_or_default()
}

/// What a partition does: class of the style sheet, and words that are not escaped yet.
pub(super) fn state(partition: &PartitionStatus) -> (&'static str, String) {
    if let Some(halt) = &partition.halted {
        return ("bad", format!("halted ({}): {}", halt.cause, halt.detail));
    }
    if partition.next_offset.is_none() {
        return ("late", "not claimed yet".to_owned());
    }
    if partition.paused.is_empty() {
        return ("", "reading".to_owned());
    }
    let causes: Vec<_> = partition.paused.iter().copied().collect();
    ("late", format!("paused ({})", causes.join(", ")))
}

/// A duration in the two largest units that it has.
pub(super) fn duration(seconds: f64) -> String {
    let exact = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let whole = exact.as_secs();
    match whole {
        0 if exact.is_zero() => "0 s".to_owned(),
        0..10 => format!("{seconds:.1} s"),
        10..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        3600..86_400 => format!("{} h {} min", whole / 3600, whole / 60 % 60),
        _ => format!("{} d {} h", whole / 86_400, whole / 3600 % 24),
    }
}

/// A size in a unit in which it is easy to read.
pub(super) fn bytes(bytes: u64) -> String {
    let (kib, mib) = (bytes / 1024, bytes / (1024 * 1024));
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{kib} KiB"),
        _ => format!("{mib} MiB"),
    }
}

/// A number with its digits in groups of three, or a dash for what is not known.
pub(super) fn number(value: Option<i64>) -> String {
    let Some(value) = value else { return "–".to_owned() };
    let digits = value.unsigned_abs().to_string();
    let mut grouped = if value < 0 { "−".to_owned() } else { String::new() };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            // a narrow space at which no line breaks
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// Text that can stand in HTML, between tags and in quoted attributes.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
