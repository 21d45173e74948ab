//! The parts of the page below the verdict.

use super::super::words;
use super::table::{Cell, table};
use crate::telemetry::{Check, DeadLetterCount, Halt, PartitionStatus, ReplayStatus, Status, label};
use std::fmt::Write;

/// More partitions than these are folded away, but for the ones that are worst.
const SHOWN: usize = 12;

fn heading(text: &str, html: &mut String) {
    let _ = writeln!(html, "<h2>{text}</h2>");
}

fn empty(text: &str, html: &mut String) {
    let _ = writeln!(html, "<p class=\"frame empty\">{text}</p>");
}

fn name(partition: &PartitionStatus) -> String {
    format!("{}[{}]", partition.topic, partition.partition)
}

/// Partitions that somebody has to decide about, with what to type.
pub(super) fn halted(partitions: &[PartitionStatus], html: &mut String) {
    let mut halted = partitions
        .iter()
        .filter_map(|it| Some((it, it.halted.as_ref()?)))
        .peekable();
    if halted.peek().is_none() {
        return;
    }
    heading("Halted partitions", html);
    let rows = halted.map(|(partition, Halt { cause, detail, .. })| {
        let (topic, number) = (&partition.topic, partition.partition);
        let command = format!("audiohm-ingest positions resume --topic {topic} --partition {number}");
        let why = format!("{}: {detail}", words::halt(cause));
        [Cell::toned(name(partition), "bad"), why.into(), Cell::command(command)]
    });
    let caption = "Each stands still until somebody has decided. Find and mend the cause first, then let it go on.";
    table(
        caption,
        [("Partition", ""), ("Why", "wide"), ("To go on", "wide")],
        rows,
        html,
    );
}

pub(super) fn dead_letters(counts: Option<&[DeadLetterCount]>, html: &mut String) {
    heading("Dead letters", html);
    let Some(counts) = counts else {
        return empty("Not counted yet.", html);
    };
    let unsettled = |letters: &&DeadLetterCount| letters.open > 0 || letters.waiting > 0;
    let mut rows = counts.iter().filter(unsettled).map(letters).peekable();
    if rows.peek().is_none() {
        return empty("None is open and none waits.", html);
    }
    let columns = [
        ("Reason", ""),
        ("Open", "number"),
        ("Waiting", "number"),
        ("Oldest waits for", "number wide"),
        ("To look at them", "wide"),
    ];
    let caption = "Records of the whole group that became no row. Waiting ones are tried again by themselves; \
                   open ones need somebody: mend the cause, then `redrive` in place of `list` tries them again, \
                   and `discard` lets go of them.";
    table(caption, columns, rows, html);
}

fn letters(letters: &DeadLetterCount) -> [Cell; 5] {
    let reason = &letters.reason;
    let age = words::duration(letters.oldest_waiting_seconds);
    let tone = if letters.open > 0 { "late" } else { "" };
    [
        reason.clone().into(),
        Cell::toned(words::number(Some(letters.open)), tone),
        words::number(Some(letters.waiting)).into(),
        letters.oldest_waiting_at.map_or("–".to_owned(), |_| age).into(),
        Cell::command(format!("audiohm-ingest dead-letters list --reason {reason}")),
    ]
}

/// Nothing where none is under way.
pub(super) fn replays(replays: &[ReplayStatus], html: &mut String) {
    if replays.is_empty() {
        return;
    }
    heading("Replays", html);
    let rows = replays.iter().map(|replay| {
        let state = if replay.is_active() { "" } else { "late" };
        [
            replay.name.clone().into(),
            Cell::toned(replay.state.clone(), state),
            words::number(Some(replay.remaining_records)).into(),
        ]
    });
    let columns = [("Name", ""), ("State", ""), ("Records left", "number")];
    table(
        "Replays of the group that are not over, wherever they run.",
        columns,
        rows,
        html,
    );
}

pub(super) fn partitions(partitions: &[PartitionStatus], html: &mut String) {
    heading("Partitions", html);
    if partitions.is_empty() {
        return empty("This worker has none.", html);
    }
    let all: Vec<_> = partitions.iter().collect();
    if all.len() <= SHOWN {
        return partition_table("Those that the group has given to this worker.", &all, html);
    }
    let mut worst = all.clone();
    worst.sort_by(|one, other| badness(other).total_cmp(&badness(one)));
    worst.truncate(SHOWN);
    let caption = format!(
        "The {SHOWN} worst of the {} that the group has given to this worker.",
        all.len()
    );
    partition_table(&caption, &worst, html);
    let _ = writeln!(
        html,
        "<details id=\"all-partitions\"><summary>All {} partitions</summary>",
        all.len()
    );
    partition_table("In order of topic and number.", &all, html);
    html.push_str("</details>\n");
}

fn badness(partition: &PartitionStatus) -> f64 {
    match (&partition.halted, partition.lag_seconds) {
        (Some(_), _) => f64::INFINITY,
        (None, None) => f64::MAX,
        (None, Some(lag)) => lag,
    }
}

fn partition_table(caption: &str, partitions: &[&PartitionStatus], html: &mut String) {
    let columns = [
        ("Partition", ""),
        ("Lag", "number"),
        ("To store", "number"),
        ("Position", "number"),
        ("Log end", "number"),
        ("Lane", "number"),
        ("State", ""),
    ];
    let rows = partitions.iter().map(|partition| {
        let (tone, text) = words::state(partition);
        [
            name(partition).into(),
            words::lag(partition.lag_seconds).into(),
            words::number(partition.lag_records).into(),
            words::number(partition.next_offset).into(),
            words::number(partition.end_offset).into(),
            partition
                .lane
                .map_or_else(|| "–".to_owned(), |lane| lane.to_string())
                .into(),
            Cell::toned(text, tone),
        ]
    });
    table(caption, columns, rows, html);
}

pub(super) fn outcomes(status: &Status, html: &mut String) {
    heading("Outcomes", html);
    let rows = label::OUTCOMES.iter().map(|outcome| {
        let count = status.outcomes.get(outcome).copied().unwrap_or_default();
        [
            outcome.replace('_', "-").into(),
            words::number(i64::try_from(count).ok()).into(),
            words::outcome(outcome).to_owned().into(),
        ]
    });
    let caption = format!(
        "What became of the records that this worker has stored in the {} since it began.",
        words::duration(status.uptime_seconds)
    );
    let columns = [("Outcome", ""), ("Records", "number"), ("Meaning", "wide")];
    table(&caption, columns, rows, html);
}

pub(super) fn checks(checks: &[Check], html: &mut String) {
    heading("Database, broker and readiness", html);
    let columns = [("Check", ""), ("State", "short"), ("For", "short"), ("Detail", "wide")];
    let rows = checks.iter().map(|check| {
        let (tone, word) = if check.ok { ("good", "ok") } else { ("bad", "not ok") };
        [
            check.name.clone().into(),
            Cell::toned(word, tone),
            words::duration(check.seconds).into(),
            check.detail.clone().into(),
        ]
    });
    table("The worker is ready when all of them hold.", columns, rows, html);
}
