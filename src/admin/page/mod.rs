//! The status page: one look at the board as HTML, complete without scripts. A script renews it in place, so that
//! neither scroll position nor selection is lost; without scripts the browser loads it anew.
//!
//! Every text from outside goes through [`escaped`].

mod chart;
mod sections;
mod table;
pub(super) mod verdict;

use super::words::{self, escaped};
use crate::telemetry::Status;
use std::fmt::Write;
use verdict::Verdict;

const STYLE: &str = include_str!("style.css");
/// What renews the page.
pub(super) const SCRIPT: &str = include_str!("refresh.js");
/// Seconds between two looks.
const REFRESH: u32 = 5;

/// The whole page.
pub(super) fn render(status: &Status) -> String {
    let verdict = verdict::of(status);
    let mut html = head(status, &verdict);
    banner(&verdict, &mut html);
    tiles(status, &mut html);
    sections::halted(&status.partitions, &mut html);
    charts(status, &mut html);
    sections::dead_letters(status.dead_letters.as_deref(), &mut html);
    sections::replays(&status.replays, &mut html);
    sections::partitions(&status.partitions, &mut html);
    sections::outcomes(status, &mut html);
    sections::checks(&status.checks, &mut html);
    html.push_str("</main>\n");
    footer(status, &mut html);
    html.push_str("</body>\n</html>\n");
    html
}

fn head(status: &Status, verdict: &Verdict) -> String {
    let fill = match verdict.class {
        "good" => "1a7f4b",
        "late" => "b26a00",
        _ => "c5221f",
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <noscript><meta http-equiv=\"refresh\" content=\"{REFRESH}\"></noscript>\n\
         <title>{title} – audiohm-ingest</title>\n\
         <link rel=\"icon\" href=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>\
         <circle cx='8' cy='8' r='7' fill='%23{fill}'/></svg>\">\n\
         <style>\n{STYLE}</style>\n<script src=\"/page.js\" defer></script>\n</head>\n<body>\n\
         <p id=\"stale\" class=\"stale\" role=\"alert\" hidden></p>\n<main>\n\
         <header><h1>audiohm-ingest <span class=\"dim\">group {group}</span></h1>\
         <p class=\"dim\">as of <time datetime=\"{machine}\">{person} UTC</time>, renewed every {REFRESH} s</p></header>\n",
        title = escaped(&verdict.title),
        group = escaped(&status.group_id),
        machine = status.taken_at.format("%Y-%m-%dT%H:%M:%SZ"),
        person = status.taken_at.format("%Y-%m-%d %H:%M:%S"),
    )
}

fn banner(verdict: &Verdict, html: &mut String) {
    let _ = write!(
        html,
        "<section class=\"verdict {}\" aria-label=\"Verdict\"><h2>{}</h2><p>{}</p>",
        verdict.class,
        escaped(&verdict.title),
        escaped(&verdict.detail)
    );
    if let Some(advice) = &verdict.advice {
        let _ = write!(html, "<p>{}</p>", words::with_commands(advice));
    }
    html.push_str("</section>\n");
}

fn tiles(status: &Status, html: &mut String) {
    let known = |value: fn(&crate::telemetry::PartitionStatus) -> Option<i64>| {
        let values: Vec<_> = status.partitions.iter().filter_map(value).collect();
        (!values.is_empty()).then(|| values.iter().sum())
    };
    let counts = status.dead_letters.as_ref();
    let open = counts.map(|counts| counts.iter().map(|letters| letters.open).sum());
    let waiting: Option<i64> = counts.map(|counts| counts.iter().map(|letters| letters.waiting).sum());
    let tiles = [
        (
            "Lag",
            words::lag(status.lag_seconds),
            "oldest record not stored".to_owned(),
        ),
        (
            "Rate",
            words::rate(status.records_per_second),
            "records stored".to_owned(),
        ),
        (
            "To store",
            words::number(known(|it| it.lag_records)),
            "records in the log".to_owned(),
        ),
        (
            "Dead letters",
            words::number(open),
            format!("open; {} waiting", words::number(waiting)),
        ),
    ];
    html.push_str("<dl class=\"tiles\">\n");
    for (name, value, note) in tiles {
        let _ = writeln!(
            html,
            "<div><dt>{name}</dt><dd>{value}</dd><dd class=\"dim\">{note}</dd></div>"
        );
    }
    html.push_str("</dl>\n");
}

fn charts(status: &Status, html: &mut String) {
    html.push_str("<section class=\"charts\" aria-label=\"The last 15 minutes\">\n");
    chart::rate(status, html);
    chart::lag(status, html);
    html.push_str("</section>\n");
}

fn footer(status: &Status, html: &mut String) {
    let _ = writeln!(
        html,
        "<footer><p>Version {version}, up for {uptime}, topics {topics}, {buffer} in memory.</p>\n\
         <nav aria-label=\"Other paths\"><a href=\"/metrics\">metrics</a> <a href=\"/api/status\">status as JSON</a> \
         <a href=\"/readyz\">readiness</a> <a href=\"/livez\">liveness</a></nav></footer>",
        version = escaped(&status.version),
        uptime = words::duration(status.uptime_seconds),
        topics = escaped(&status.topics.join(", ")),
        buffer = words::bytes(status.buffer_bytes),
    );
}
