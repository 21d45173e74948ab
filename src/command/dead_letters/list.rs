//! `dead-letters list`: counts by reason, or letters in pages.

use super::{ChoiceArgs, STATES, database, printable, record};
use crate::command::exit::{Failure, print_failed};
use crate::command::format::Format;
use crate::command::number::grouped;
use crate::command::output::output;
use crate::command::wrap::WIDTH;
use crate::config::Config;
use crate::store::PgConnection;
use crate::store::letters::desk::{self, ReasonSummary, StoredLetter};
use crate::store::letters::{Choice, Pages};
use chrono::{DateTime, Utc};
use std::io::{self, IsTerminal, Write};

/// Letters a page: each may be as large as an event.
const PAGE: u64 = 100;
/// What a table shows where nobody says how much; JSON gives all.
const TABLE_LIMIT: u64 = 50;

pub(super) async fn run(
    connection: &mut PgConnection,
    config: &Config,
    args: &ChoiceArgs,
    format: Format,
) -> Result<(), Failure> {
    if format == Format::Table && !args.is_given() {
        let summary = desk::summarize(connection, &config.kafka.group_id)
            .await
            .map_err(database)?;
        return summarize(&mut output(), &summary).map_err(print_failed);
    }
    let choice = args.choice(config, &STATES);
    match format {
        Format::Json => objects(connection, choice).await,
        Format::Table => table(connection, choice).await,
    }
}

async fn objects(connection: &mut PgConnection, choice: Choice) -> Result<(), Failure> {
    let mut pages = choice.pages(connection).await.map_err(database)?;
    let mut separator = "[";
    loop {
        let letters = page(connection, &mut pages).await?;
        let mut out = output();
        for letter in &letters {
            let object = printable::json(&record::object(letter));
            writeln!(out, "{separator}\n{object}").map_err(print_failed)?;
            separator = ",";
        }
        if letters.is_empty() {
            let end = if separator == "[" { "[]" } else { "]" };
            return writeln!(out, "{end}").map_err(print_failed);
        }
    }
}

async fn table(connection: &mut PgConnection, choice: Choice) -> Result<(), Failure> {
    let is_limited = choice.limit.is_some();
    let mut pages = choice.pages(connection).await.map_err(database)?;
    let count = pages.count;
    let shown = if is_limited { count } else { count.min(TABLE_LIMIT) };
    let width = io::stdout().is_terminal().then_some(WIDTH);
    let heading = format!(
        "{:>8}  {:<9}  {:<20}  {:>4}  record, detail",
        "id", "state", "reason", "age"
    );
    writeln!(output(), "{heading}").map_err(print_failed)?;
    let mut left = shown;
    while left > 0 {
        let letters = page(connection, &mut pages).await?;
        let mut out = output();
        for letter in letters.iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
            row(&mut out, letter, width).map_err(print_failed)?;
        }
        // fewer than were counted, since somebody removed some meanwhile
        left = if letters.is_empty() {
            0
        } else {
            left.saturating_sub(letters.len() as u64)
        };
    }
    if shown < count {
        let more = grouped(count - shown);
        writeln!(output(), "and {more} more; --limit N shows N of them").map_err(print_failed)?;
    }
    Ok(())
}

async fn page(connection: &mut PgConnection, pages: &mut Pages) -> Result<Vec<StoredLetter>, Failure> {
    let ids = pages.next(connection, PAGE).await.map_err(database)?;
    desk::read(connection, &ids).await.map_err(database)
}

/// Two lines: what it is, and below it which record and what about it.
fn row(out: &mut impl Write, letter: &StoredLetter, width: Option<usize>) -> io::Result<()> {
    let StoredLetter {
        id,
        state,
        reason,
        topic,
        partition,
        record_offset,
        detail,
        ..
    } = letter;
    let age = age(letter.first_failed_at);
    let record = format!("{topic}/{partition}@{record_offset}");
    writeln!(out, "{id:>8}  {state:<9}  {reason:<20}  {age:>4}  {record}")?;
    let detail = format!("{:10}{}", "", printable::text(detail));
    writeln!(out, "{}", cut(&detail, width))
}

fn cut(line: &str, width: Option<usize>) -> String {
    match width {
        Some(width) if line.chars().count() > width => line.chars().take(width - 1).chain(['…']).collect(),
        _ => line.to_owned(),
    }
}

fn summarize(out: &mut impl Write, summary: &[ReasonSummary]) -> io::Result<()> {
    if summary.is_empty() {
        return writeln!(out, "no dead letters");
    }
    writeln!(
        out,
        "{:<20}  {:>9}  {:>9}  {:>9}  {:>9}  {:>6}  {:>6}",
        "reason", "open", "waiting", "resolved", "discarded", "oldest", "newest"
    )?;
    for row in summary {
        let ago = |at: Option<DateTime<Utc>>| at.map_or("-".to_owned(), age);
        writeln!(
            out,
            "{:<20}  {:>9}  {:>9}  {:>9}  {:>9}  {:>6}  {:>6}",
            row.reason,
            grouped(row.open),
            grouped(row.waiting),
            grouped(row.resolved),
            grouped(row.discarded),
            ago(row.oldest_at),
            ago(row.newest_at),
        )?;
    }
    Ok(())
}

/// How long ago, in its largest unit.
pub(super) fn age(at: DateTime<Utc>) -> String {
    let seconds = (Utc::now() - at).num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}
