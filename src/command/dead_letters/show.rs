//! `dead-letters show`: one letter whole.

use super::{STATES, coloured, database, printable, record, value};
use crate::command::exit::{Exit, Failure, print_failed};
use crate::command::format::Format;
use crate::command::output::output;
use crate::command::wrap::tell;
use crate::config::Config;
use crate::store::PgConnection;
use crate::store::letters::desk::{self, StoredLetter};
use chrono::SecondsFormat::Millis;
use chrono::{DateTime, Utc};
use std::io::{self, IsTerminal, Write};

/// Of a line's name, with the space after it.
const NAMES: usize = 11;

pub(super) async fn run(
    connection: &mut PgConnection,
    config: &Config,
    id: i64,
    format: Format,
) -> Result<(), Failure> {
    let letter = find(connection, config, id).await?;
    let out = &mut output();
    match format {
        Format::Json => writeln!(out, "{}", printable::json(&record::object(&letter))),
        Format::Table => print(out, &letter),
    }
    .map_err(print_failed)
}

/// The letter with this number, if it is one of the group's.
pub(super) async fn find(connection: &mut PgConnection, config: &Config, id: i64) -> Result<StoredLetter, Failure> {
    let group = &config.kafka.group_id;
    let found = desk::read(connection, &[id]).await.map_err(database)?;
    found
        .into_iter()
        .find(|letter| letter.consumer_group == *group)
        .ok_or_else(|| {
            let message = format!(
                "group {group} has no dead letter {id}; `audiohm-ingest dead-letters list --state {}` shows numbers",
                STATES[0]
            );
            Failure::new(Exit::Failed, message)
        })
}

fn print(out: &mut impl Write, letter: &StoredLetter) -> io::Result<()> {
    let time = |time: DateTime<Utc>| time.to_rfc3339_opts(Millis, true);
    let indent = io::stdout().is_terminal().then_some(NAMES);
    let mut line = |name: &str, text: &str| {
        write!(out, "{name:<NAMES$}")?;
        tell(out, text, indent)
    };
    line("letter", &format!("{}, {}", letter.id, letter.state))?;
    line("reason", &letter.reason)?;
    line("detail", &printable::text(&letter.detail))?;
    if let Some(sqlstate) = &letter.sqlstate {
        line("sqlstate", sqlstate)?;
    }
    line("record", &coordinates(letter))?;
    line("timestamp", &letter.record_timestamp.map_or("none".to_owned(), time))?;
    line("origin", &printable::text(&letter.origin))?;
    let attempts = letter.attempts;
    let (first, last) = (time(letter.first_failed_at), time(letter.last_failed_at));
    line("attempts", &format!("{attempts}, first {first}, last {last}"))?;
    let key = letter.record_key.as_deref().map(printable::bytes);
    line("key", key.as_deref().unwrap_or("none"))?;
    for header in letter.headers() {
        let value = header.value.as_deref().map_or("none".to_owned(), printable::bytes);
        line("header", &format!("{}: {value}", printable::text(&header.name)))?;
    }
    match &letter.record_value {
        Some(bytes) => {
            line("value", &format!("{} bytes", bytes.len()))?;
            let field = letter.detail.split(':').next().unwrap_or_default();
            value::print(out, bytes, field, coloured())
        }
        None => line("value", "emptied by a purge"),
    }
}

fn coordinates(letter: &StoredLetter) -> String {
    let StoredLetter {
        topic,
        partition,
        record_offset,
        ..
    } = letter;
    format!("{topic}, partition {partition}, offset {record_offset}")
}
