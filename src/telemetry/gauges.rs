//! Gauges written from the status snapshot, in the Prometheus text format.

use super::label::{HALT_CAUSES, PAUSE_CAUSES, REASONS, WAITING_REASONS};
use super::metric::{self, Metric};
use super::status::{DeadLetterCount, PartitionStatus, Status};
use std::fmt::{Display, Write};

/// Appends every gauge of [`metric::Source::Status`] to `text`.
pub(super) fn render(status: &Status, text: &mut String) {
    partitions(status, text);
    halts(status, text);
    worker(status, text);
    dead_letters(status, text);
    replays(status, text);
}

fn partitions(status: &Status, text: &mut String) {
    type Value = fn(&PartitionStatus) -> Option<f64>;
    let gauges: [(&Metric, Value); 4] = [
        (&metric::LAG_RECORDS, |partition| partition.lag_records.map(count)),
        (&metric::LAG_SECONDS, |partition| partition.lag_seconds),
        (&metric::RETENTION_HEADROOM, |partition| {
            partition.retention_headroom_records.map(count)
        }),
        (&metric::GAP_RECORDS, |partition| Some(count(partition.gap_records))),
    ];
    for (metric, value) in gauges {
        head(text, metric);
        for partition in &status.partitions {
            if let Some(value) = value(partition) {
                let number = partition.partition.to_string();
                sample(text, metric, &[&partition.topic, &number], value);
            }
        }
    }
}

fn halts(status: &Status, text: &mut String) {
    head(text, &metric::PARTITION_HALTED);
    for partition in &status.partitions {
        let number = partition.partition.to_string();
        for cause in HALT_CAUSES {
            let halted = partition.halted.as_ref().is_some_and(|halt| halt.cause == cause);
            let labels = [&*partition.topic, &number, cause];
            sample(text, &metric::PARTITION_HALTED, &labels, u8::from(halted));
        }
    }
}

fn worker(status: &Status, text: &mut String) {
    head(text, &metric::ASSIGNED_PARTITIONS);
    sample(text, &metric::ASSIGNED_PARTITIONS, &[], status.partitions.len());
    head(text, &metric::PAUSED_PARTITIONS);
    for cause in PAUSE_CAUSES {
        let paused = status
            .partitions
            .iter()
            .filter(|partition| partition.paused.contains(cause));
        sample(text, &metric::PAUSED_PARTITIONS, &[cause], paused.count());
    }
    head(text, &metric::BUFFER_BYTES);
    sample(text, &metric::BUFFER_BYTES, &[], status.buffer_bytes);
    head(text, &metric::READY);
    for check in &status.checks {
        sample(text, &metric::READY, &[&check.name], u8::from(check.ok));
    }
}

/// Nothing but the headers until the letters were counted: 0 would be a claim.
fn dead_letters(status: &Status, text: &mut String) {
    type Value = fn(&DeadLetterCount) -> f64;
    let gauges: [(&Metric, &[&str], Value); 3] = [
        (&metric::DEAD_LETTERS_OPEN, &REASONS, |letters| count(letters.open)),
        (&metric::DEAD_LETTERS_WAITING, &WAITING_REASONS, |letters| {
            count(letters.waiting)
        }),
        (&metric::OLDEST_WAITING, &WAITING_REASONS, |letters| {
            letters.oldest_waiting_seconds
        }),
    ];
    for (metric, reasons, value) in gauges {
        head(text, metric);
        let Some(counts) = &status.dead_letters else { continue };
        for reason in reasons {
            let letters = counts.iter().find(|letters| letters.reason == *reason);
            sample(text, metric, &[reason], letters.map_or(0.0, value));
        }
    }
}

fn replays(status: &Status, text: &mut String) {
    head(text, &metric::REPLAY_REMAINING);
    for replay in &status.replays {
        sample(
            text,
            &metric::REPLAY_REMAINING,
            &[&replay.name],
            replay.remaining_records,
        );
    }
    head(text, &metric::REPLAY_ACTIVE);
    for replay in &status.replays {
        sample(
            text,
            &metric::REPLAY_ACTIVE,
            &[&replay.name],
            u8::from(replay.is_active()),
        );
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 2^53, which no count of records reaches"
)]
fn count(value: i64) -> f64 {
    value as f64
}

fn head(text: &mut String, Metric { name, help, .. }: &Metric) {
    // writing to a String cannot fail
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n");
}

fn sample(text: &mut String, metric: &Metric, values: &[&str], value: impl Display) {
    text.push_str(metric.name);
    for (index, (name, value)) in metric.labels.iter().zip(values).enumerate() {
        text.push(if index == 0 { '{' } else { ',' });
        let _ = write!(text, "{name}=\"{}\"", escaped(value));
    }
    if !metric.labels.is_empty() {
        text.push('}');
    }
    let _ = writeln!(text, " {value}");
}

/// A label's value as the text format wants it.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
