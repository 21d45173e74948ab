//! `replay status` and `replay cancel`: the jobs that there are.

use crate::batch::Outcome;
use crate::command::exit::{Exit, Failure, print_failed};
use crate::command::format::Format;
use crate::command::number::{counted, grouped, span};
use crate::command::output::output;
use crate::command::wiring;
use crate::command::wrap::tell;
use crate::config::Config;
use crate::store::replays::{Part, Replay};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use std::io::{self, IsTerminal, Write};

/// The job with this name, or the only one that is not over.
pub(super) async fn find(name: Option<&str>, config: &Config) -> Result<Replay, Failure> {
    let all = wiring::replays(config).list().await?;
    if let Some(name) = name {
        return found(name, all);
    }
    let mut open: Vec<Replay> = all.into_iter().filter(|replay| !replay.state.is_over()).collect();
    match (open.pop(), open.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            let names: Vec<String> = open.into_iter().chain([last]).map(|replay| replay.name).collect();
            let message = format!(
                "several replays are not over: {}; say which with --name",
                names.join(", ")
            );
            Err(Failure::new(Exit::Failed, message))
        }
        (None, _) => Err(Failure::new(Exit::Failed, "there is no replay that is not over")),
    }
}

/// The job with this name among all.
pub(super) fn found(name: &str, all: Vec<Replay>) -> Result<Replay, Failure> {
    let known: Vec<String> = all.iter().map(|replay| replay.name.clone()).collect();
    all.into_iter().find(|replay| replay.name == name).ok_or_else(|| {
        let known = if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        };
        Failure::new(
            Exit::Failed,
            format!("there is no replay named {name} in this group; there are: {known}"),
        )
    })
}

pub(super) async fn cancel(name: Option<&str>, config: &Config) -> Result<(), Failure> {
    let replay = find(name, config).await?;
    if !wiring::replays(config).cancel(&replay.name).await? {
        let message = format!("replay {} is {} already", replay.name, replay.state.as_str());
        return Err(Failure::new(Exit::Failed, message));
    }
    let stored = format!(
        "what is stored of it stays: {} of {}",
        grouped(replay.done()),
        counted(replay.total(), "record")
    );
    writeln!(output(), "replay {} is cancelled; {stored}", replay.name).map_err(print_failed)
}

pub(super) async fn status(name: Option<&str>, format: Format, config: &Config) -> Result<(), Failure> {
    let mut all = wiring::replays(config).list().await?;
    if let Some(name) = name {
        all = vec![found(name, all)?];
    }
    let out = &mut output();
    let printed = match format {
        Format::Json => writeln!(out, "{:#}", all.iter().map(object).collect::<Value>()),
        Format::Table if all.is_empty() => writeln!(out, "There are no replays of group {}.", config.kafka.group_id),
        Format::Table => all.iter().try_for_each(|replay| write_job(out, replay, Utc::now())),
    };
    printed.map_err(print_failed)
}

/// One job in a few lines.
fn write_job(out: &mut impl Write, replay: &Replay, now: DateTime<Utc>) -> io::Result<()> {
    let (done, total) = (replay.done(), replay.total());
    let percent = if total == 0 { 100 } else { done * 100 / total };
    let moved = span((now - replay.updated_at).to_std().unwrap_or_default());
    writeln!(
        out,
        "{}  {}, {percent} %, {} of {}",
        replay.name,
        replay.state.as_str(),
        grouped(done),
        counted(total, "record")
    )?;
    let created = replay.created_at.format("%Y-%m-%d %H:%M:%S");
    writeln!(out, "  begun          {created} UTC, last moved {moved} ago")?;
    if let Some(detail) = &replay.detail {
        write!(out, "  because        ")?;
        tell(out, detail, io::stdout().is_terminal().then_some(17))?;
    }
    let mut chosen: Vec<String> = Vec::new();
    chosen.extend((!replay.only_kinds.is_empty()).then(|| format!("only {}", replay.only_kinds.join(", "))));
    chosen.extend(replay.only_users.iter().map(|user| format!("user {user}")));
    chosen.extend(replay.rate.map(|rate| format!("at most {}/s", grouped(rate))));
    if !chosen.is_empty() {
        writeln!(out, "  takes          {}", chosen.join(", "))?;
    }
    write_ledger(out, replay)?;
    writeln!(out)
}

/// The outcomes of a job, and what it could not read.
pub(super) fn write_ledger(out: &mut impl Write, replay: &Replay) -> io::Result<()> {
    for outcome in Outcome::ALL {
        let count = grouped(replay.ledger.of(outcome));
        writeln!(out, "  {:<14} {count}", outcome.as_str())?;
    }
    if replay.lost() > 0 {
        let lost = counted(replay.lost(), "offset");
        writeln!(
            out,
            "  {:<14} {lost} that the log had deleted before they were read",
            "lost"
        )?;
    }
    Ok(())
}

fn object(replay: &Replay) -> Value {
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let part = |part: &Part| {
        json!({
            "topic": &*part.range.partition.topic, "partition": part.range.partition.partition,
            "from_offset": part.range.start_offset, "to_offset": part.range.end_offset,
            "next_offset": part.next_offset, "lost_offsets": part.lost_offsets,
        })
    };
    let mut object = serde_json::Map::new();
    for (key, value) in [
        ("name", json!(replay.name)),
        ("state", json!(replay.state.as_str())),
        ("detail", json!(replay.detail)),
        ("total_records", json!(replay.total())),
        ("done_records", json!(replay.done())),
        ("lost_offsets", json!(replay.lost())),
        ("only", json!(replay.only_kinds)),
        (
            "users",
            json!(replay.only_users.iter().map(ToString::to_string).collect::<Vec<_>>()),
        ),
        ("rate", json!(replay.rate)),
        ("created_at", json!(time(replay.created_at))),
        ("updated_at", json!(time(replay.updated_at))),
        ("consumed", json!(replay.ledger.consumed())),
    ] {
        object.insert(key.to_owned(), value);
    }
    for outcome in Outcome::ALL {
        object.insert(outcome.as_str().to_owned(), replay.ledger.of(outcome).into());
    }
    object.insert("partitions".to_owned(), replay.parts.iter().map(part).collect());
    Value::Object(object)
}
