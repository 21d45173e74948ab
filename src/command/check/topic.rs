//! One topic: whether it can be read as the worker reads it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::finding::{Check, Finding};
use crate::kafka::Topic;

/// A worker or a database that is away for a weekend's night must not lose records.
const SHORT_RETENTION: Duration = Duration::from_hours(24);
/// A record's time further ahead than this is no skew of clocks.
const FAR_AHEAD: Duration = Duration::from_hours(24);

/// Every finding about a topic.
pub(super) fn judge(topic: &Topic) -> Vec<Finding> {
    let name = &topic.name;
    if topic.partitions == 0 {
        let advice = "make it, correct kafka.topics, or allow this client to Describe it";
        let mut findings = vec![Finding::fail(
            Check::Topic,
            format!("{name} is not there, or not shown to this client"),
            advice,
        )];
        for check in [Check::RecordTimes, Check::Retention] {
            findings.push(Finding::skip(check, format!("{name} is not there")));
        }
        return findings;
    }
    let Some(settings) = &topic.settings else {
        let mut findings = vec![Finding::warn(
            Check::Topic,
            format!("{name}: {}; the broker does not show its settings", partitions(topic)),
            "allow this client to DescribeConfigs of it, or see to it that cleanup.policy is delete",
        )];
        for check in [Check::RecordTimes, Check::Retention] {
            findings.push(Finding::skip(
                check,
                format!("{name}: the broker does not show its settings"),
            ));
        }
        return findings;
    };
    vec![
        log(topic, settings),
        record_times(name, settings),
        retention(name, settings),
    ]
}

fn partitions(topic: &Topic) -> String {
    match topic.partitions {
        1 => "1 partition".to_owned(),
        many => format!("{many} partitions"),
    }
}

fn log(topic: &Topic, settings: &BTreeMap<String, String>) -> Finding {
    let (name, partitions) = (&topic.name, partitions(topic));
    let policy = settings.get("cleanup.policy").map_or("", String::as_str);
    if policy.contains("compact") {
        return Finding::fail(
            Check::Topic,
            format!("{name}: cleanup.policy is {policy}, so all but the last record of a key go, read or not"),
            "set cleanup.policy=delete on the topic",
        );
    }
    if topic.leaderless > 0 {
        return Finding::fail(
            Check::Topic,
            format!("{name}: {} of {partitions} without a leader", topic.leaderless),
            "bring back the brokers that hold them",
        );
    }
    Finding::ok(Check::Topic, format!("{name}: {partitions}, cleanup.policy {policy}"))
}

/// An event's time is judged by its record's, so whoever sets that decides what passes.
fn record_times(name: &str, settings: &BTreeMap<String, String>) -> Finding {
    if settings.get("message.timestamp.type").map(String::as_str) == Some("LogAppendTime") {
        return Finding::ok(Check::RecordTimes, format!("{name}: set by the broker"));
    }
    // before Kafka 3.6 one setting stood for both directions
    let limit = ["message.timestamp.after.max.ms", "message.timestamp.difference.max.ms"]
        .into_iter()
        .find_map(|setting| milliseconds(settings, setting));
    match limit {
        Some(limit) if limit <= FAR_AHEAD => Finding::ok(
            Check::RecordTimes,
            format!("{name}: set by the producers, at most {} ahead", in_words(limit)),
        ),
        _ => Finding::warn(
            Check::RecordTimes,
            format!("{name}: set by the producers without a limit, so a wrong clock lets events from the future in"),
            "set message.timestamp.after.max.ms=3600000 on the topic, or message.timestamp.type=LogAppendTime",
        ),
    }
}

fn retention(name: &str, settings: &BTreeMap<String, String>) -> Finding {
    let size = settings
        .get("retention.bytes")
        .filter(|bytes| !bytes.starts_with('-'))
        .map(|bytes| format!(", at most {bytes} bytes a partition"))
        .unwrap_or_default();
    match milliseconds(settings, "retention.ms") {
        None => Finding::ok(Check::Retention, format!("{name}: no end{size}")),
        Some(kept) if kept < SHORT_RETENTION => Finding::warn(
            Check::Retention,
            format!(
                "{name}: {}{size}; records that are not stored by then are lost",
                in_words(kept)
            ),
            "raise retention.ms on the topic to some days",
        ),
        Some(kept) => Finding::ok(Check::Retention, format!("{name}: {}{size}", in_words(kept))),
    }
}

/// None where the setting is absent or negative, which stands for no limit.
fn milliseconds(settings: &BTreeMap<String, String>, name: &str) -> Option<Duration> {
    let value = settings.get(name)?.parse().ok()?;
    Some(Duration::from_millis(value))
}

fn in_words(time: Duration) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "days"), (3600, "h"), (60, "min")];
    let seconds = time.as_secs();
    for (unit, name) in UNITS {
        if seconds >= unit && seconds.is_multiple_of(unit) {
            return format!("{} {name}", seconds / unit);
        }
    }
    humantime::format_duration(time).to_string()
}
