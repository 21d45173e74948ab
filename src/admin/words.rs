//! Values as a person reads them, safe to put into HTML.

use crate::telemetry::PartitionStatus;
use std::time::Duration;

/// What a partition does: class of the style sheet, and words that are not escaped yet.
pub(super) fn state(partition: &PartitionStatus) -> (&'static str, String) {
    if let Some(halt) = &partition.halted {
        return ("bad", format!("halted ({})", halt.cause));
    }
    if partition.next_offset.is_none() {
        return ("late", "not claimed yet".to_owned());
    }
    if partition.paused.is_empty() {
        return ("", "reading".to_owned());
    }
    let causes: Vec<_> = partition.paused.iter().map(|cause| pause(cause)).collect();
    ("late", format!("paused: {}", causes.join(", ")))
}

fn pause(cause: &str) -> &str {
    match cause {
        "database" => "the database does not serve",
        "memory" => "its lane is full",
        other => other,
    }
}

/// Why a partition stands still.
pub(super) fn halt(cause: &str) -> &str {
    match cause {
        "gap" => "Kafka deleted records before they were stored",
        "flood" => "the breaker tripped, since almost every record is faulty",
        "mismatch" => "position and log do not belong together",
        "unreadable" => "bytes in the log are no records any more",
        other => other,
    }
}

/// What an outcome of the ledger means.
pub(super) fn outcome(outcome: &str) -> &'static str {
    match outcome {
        "inserted" => "a new row",
        "updated" => "a row changed",
        "removed" => "an unlike took a row away",
        "unchanged" => "a duplicate, out of date, or part of another record's row",
        "dead_lettered" => "kept as a dead letter",
        "skipped" => "a record without a value",
        _ => "",
    }
}

/// A lag, or a dash for what is not known.
pub(super) fn lag(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "–".to_owned(), duration)
}

/// Records a second, or a dash for what is not known.
pub(super) fn rate(per_second: Option<f64>) -> String {
    let Some(rate) = per_second else {
        return "–".to_owned();
    };
    if (0.05..10.0).contains(&rate) {
        return format!("{rate:.1}/s");
    }
    // beyond 2^63 records a second the number is the least trouble
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let whole = rate.round() as i64;
    format!("{}/s", number(Some(whole)))
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

/// HTML of a text in which commands stand between backticks; one click selects a command.
pub(super) fn with_commands(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let part = |(number, part): (usize, &str)| match number % 2 {
        0 => escaped(part),
        _ => code(part),
    };
    parts.map(part).collect()
}

/// HTML of a command, whose words stay whole where they fit: a line would else break behind a hyphen.
pub(super) fn code(command: &str) -> String {
    let words: Vec<_> = command
        .split(' ')
        .map(|word| format!("<span>{}</span>", escaped(word)))
        .collect();
    format!("<code>{}</code>", words.join(" "))
}
