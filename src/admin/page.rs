//! The status page: one look at the board as HTML that reloads itself, without scripts.
//!
//! Every text from outside goes through [`escaped`].

use super::words::{self, escaped};
use crate::telemetry::{Check, DeadLetterCount, PartitionStatus, Status};
use std::fmt::Write;

const STYLE: &str = include_str!("page.css");
/// Seconds between two looks.
const REFRESH: u32 = 5;

/// The whole page.
pub(super) fn render(status: &Status) -> String {
    let verdict = words::verdict(status);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"refresh\" content=\"{REFRESH}\">\n\
         <title>{title} – audiohm-ingest</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header><h1>audiohm-ingest</h1><p class=\"dim\">as of {taken_at} UTC, every {REFRESH} s anew</p></header>\n\
         <p class=\"verdict {class}\"><strong>{title}</strong><span>{detail}</span></p>\n",
        title = verdict.title,
        class = verdict.class,
        detail = escaped(&verdict.detail),
        taken_at = status.taken_at.format("%Y-%m-%d %H:%M:%S"),
    );
    checks(&status.checks, &mut html);
    partitions(&status.partitions, &mut html);
    dead_letters(status.dead_letters.as_deref(), &mut html);
    footer(status, &mut html);
    html.push_str("</body>\n</html>\n");
    html
}

/// A cell: what its column is called, classes, text.
type Cell<'a> = (&'a str, &'a str, String);

/// A table whose cells carry their column's name too, since a phone shows no head row.
fn table<'a>(columns: &[(&str, &str)], rows: impl Iterator<Item = Vec<Cell<'a>>>, html: &mut String) {
    html.push_str("<div class=\"frame\"><table>\n<thead><tr>");
    for (column, class) in columns {
        let _ = write!(html, "<th class=\"{class}\">{column}</th>");
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        html.push_str("<tr>");
        for (column, class, text) in row {
            let text = escaped(&text);
            let _ = write!(html, "<td data-label=\"{column}\" class=\"{class}\">{text}</td>");
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody></table></div>\n");
}

fn heading(text: &str, html: &mut String) {
    let _ = writeln!(html, "<h2>{text}</h2>");
}

fn empty(text: &str, html: &mut String) {
    let _ = writeln!(html, "<div class=\"frame empty\">{text}</div>");
}

fn checks(checks: &[Check], html: &mut String) {
    heading("Readiness", html);
    let rows = checks.iter().map(|check| {
        let (class, word) = if check.ok { ("good", "ok") } else { ("bad", "not ok") };
        let detail = if check.detail.is_empty() { "–" } else { &check.detail };
        vec![
            ("Check", "", check.name.clone()),
            ("State", class, word.to_owned()),
            ("For", "", words::duration(check.seconds)),
            ("Detail", "", detail.to_owned()),
        ]
    });
    table(&[("Check", ""), ("State", ""), ("For", ""), ("Detail", "")], rows, html);
}

fn partitions(partitions: &[PartitionStatus], html: &mut String) {
    heading("Partitions of this worker", html);
    if partitions.is_empty() {
        return empty("None.", html);
    }
    let rows = partitions.iter().map(|partition| {
        let (class, state) = words::state(partition);
        let lag = partition.lag_seconds.map_or_else(|| "–".to_owned(), words::duration);
        let name = format!("{}[{}]", partition.topic, partition.partition);
        vec![
            ("Partition", "", name),
            ("Behind", "number", lag),
            ("Records to store", "number", words::number(partition.lag_records)),
            ("Position", "number", words::number(partition.next_offset)),
            ("End of the log", "number", words::number(partition.end_offset)),
            ("State", class, state),
        ]
    });
    let columns = [
        ("Partition", ""),
        ("Behind", "number"),
        ("Records to store", "number"),
        ("Position", "number"),
        ("End of the log", "number"),
        ("State", "state"),
    ];
    table(&columns, rows, html);
}

fn dead_letters(counts: Option<&[DeadLetterCount]>, html: &mut String) {
    heading("Dead letters of the group", html);
    let Some(counts) = counts else {
        return empty("Not counted yet.", html);
    };
    let mut rows = counts
        .iter()
        .filter(|letters| letters.open > 0 || letters.waiting > 0)
        .map(|letters| {
            vec![
                ("Reason", "", letters.reason.clone()),
                ("Open", "number", words::number(Some(letters.open))),
                ("Waiting", "number", words::number(Some(letters.waiting))),
                (
                    "Oldest waits for",
                    "number",
                    words::duration(letters.oldest_waiting_seconds),
                ),
            ]
        })
        .peekable();
    if rows.peek().is_none() {
        return empty("None is open and none waits.", html);
    }
    let columns = [
        ("Reason", ""),
        ("Open", "number"),
        ("Waiting", "number"),
        ("Oldest waits for", "number"),
    ];
    table(&columns, rows, html);
}

fn footer(status: &Status, html: &mut String) {
    let _ = writeln!(
        html,
        "<footer><p>Version {version}, up for {uptime}, group {group}, topics {topics}, {buffer} on their way.</p>\n\
         <p><a href=\"/metrics\">metrics</a> · <a href=\"/api/status\">status as JSON</a> · \
         <a href=\"/readyz\">readiness</a> · <a href=\"/livez\">liveness</a></p></footer>",
        version = escaped(&status.version),
        uptime = words::duration(status.uptime_seconds),
        group = escaped(&status.group_id),
        topics = escaped(&status.topics.join(", ")),
        buffer = words::bytes(status.buffer_bytes),
    );
}
