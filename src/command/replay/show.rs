//! A plan for people, for 80 columns, and for programs.

use super::plan::Plan;
use crate::batch::Outcome;
use crate::command::number::{counted, grouped, span};
use crate::command::range::PartitionRange;
use crate::command::wrap::remark;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::time::Duration;

pub(super) fn table(out: &mut impl Write, plan: &Plan, nothing_written: bool) -> io::Result<()> {
    let group = &plan.group;
    writeln!(out, "Replay beside the live group {group}, which goes on untouched")?;
    let mut topic = "";
    for part in &plan.partitions {
        if topic != &*part.range.partition.topic {
            topic = &part.range.partition.topic;
            writeln!(out, "\n  {topic}")?;
            row(out, ["partition", "from", "to", "records", "first record (UTC)"])?;
        }
        partition(out, plan, part)?;
    }
    writeln!(out)?;
    row(out, ["total", "", "", &grouped(plan.total()), ""])?;
    foresight(out, plan)?;
    duration(out, plan)?;
    if !plan.filter.users.is_empty() {
        writeln!(out, "  --user reads every record of the range: no key is relied upon")?;
    }
    if nothing_written {
        writeln!(out, "  Nothing was written.")?;
    }
    Ok(())
}

/// How long it takes, if anything tells: neither an empty range nor one of which nothing came does.
fn duration(out: &mut impl Write, plan: &Plan) -> io::Result<()> {
    let how = match plan.rate {
        _ if plan.total() == 0 => return Ok(()),
        Some(rate) => format!("at --rate {rate}"),
        None if plan.foresight.read == 0 => return Ok(()),
        None => "going by the sample; it yields to the live group".to_owned(),
    };
    writeln!(
        out,
        "\n  takes about {}, {how}",
        span(plan.estimate().max(Duration::from_secs(1)))
    )
}

fn row(out: &mut impl Write, [name, from, to, records, time]: [&str; 5]) -> io::Result<()> {
    let line = format!("  {name:>9}  {from:>14}  {to:>14}  {records:>13}  {time}");
    writeln!(out, "{}", line.trim_end())
}

fn partition(out: &mut impl Write, plan: &Plan, part: &PartitionRange) -> io::Result<()> {
    let range = &part.range;
    let time = first_time(plan, part).map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M:%S").to_string());
    let offsets = [range.start_offset, range.end_offset, range.offsets()].map(grouped);
    let number = range.partition.partition.to_string();
    row(out, [&number, &offsets[0], &offsets[1], &offsets[2], &time])?;
    let unreadable = plan.unreadable.get(&range.partition);
    let unreadable = unreadable.map(|(from, why)| format!("from offset {from} on, {why}; a replay stops there"));
    let anew = plan.anew.get(&range.partition);
    let anew = anew.map(|why| format!("{why}; a replay does not begin over it"));
    for note in part.note.iter().chain(&unreadable).chain(&anew) {
        remark(out, note)?;
    }
    Ok(())
}

fn first_time(plan: &Plan, part: &PartitionRange) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(*plan.first_times.get(&part.range.partition)?)
}

fn foresight(out: &mut impl Write, plan: &Plan) -> io::Result<()> {
    let foresight = &plan.foresight;
    writeln!(out)?;
    if plan.total() == 0 {
        return writeln!(out, "  The range is empty: there is nothing to read.");
    }
    if foresight.read == 0 {
        let none = if plan.unreadable.is_empty() {
            "came within 3 s"
        } else {
            "could be read"
        };
        return writeln!(out, "  No record of the range {none}, so nothing is known of them.");
    }
    let read = counted(foresight.read, "record");
    writeln!(out, "  Of {read} spread over the range, as the tables are now:")?;
    for outcome in Outcome::ALL {
        let count = foresight.ledger.of(outcome);
        let reasons: Vec<String> = match outcome {
            Outcome::DeadLettered => foresight
                .reasons
                .iter()
                .map(|(reason, count)| format!("{reason} {count}"))
                .collect(),
            _ => Vec::new(),
        };
        let line = format!(
            "    {:<14}{:>9}  {}",
            outcome.as_str(),
            grouped(count),
            reasons.join(", ")
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    if foresight.left_out > 0 {
        let left_out = grouped(foresight.left_out);
        writeln!(out, "    {:<14}{left_out:>9}  by --only or --user", "left out")?;
    }
    Ok(())
}

pub(super) fn json(out: &mut impl Write, plan: &Plan) -> io::Result<()> {
    let unreadable = |(from, why): &(i64, String)| json!({"offset": from, "detail": why});
    let partition = |part: &PartitionRange| {
        let range = &part.range;
        let time = first_time(plan, part).map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true));
        json!({
            "topic": &*range.partition.topic, "partition": range.partition.partition,
            "from_offset": range.start_offset, "to_offset": range.end_offset, "records": range.offsets(),
            "first_time": time, "note": part.note, "unreadable": plan.unreadable.get(&range.partition).map(unreadable),
            "made_anew": plan.anew.get(&range.partition),
        })
    };
    let partitions: Vec<Value> = plan.partitions.iter().map(partition).collect();
    let foresight = &plan.foresight;
    let mut sample = serde_json::Map::new();
    sample.insert("records".to_owned(), foresight.read.into());
    sample.insert("left_out".to_owned(), foresight.left_out.into());
    for outcome in Outcome::ALL {
        sample.insert(outcome.as_str().to_owned(), foresight.ledger.of(outcome).into());
    }
    let reasons: serde_json::Map<String, Value> = foresight
        .reasons
        .iter()
        .map(|(reason, count)| (reason.to_string(), (*count).into()))
        .collect();
    sample.insert("reasons".to_owned(), reasons.into());
    let result = json!({
        "group": plan.group, "total_records": plan.total(), "partitions": partitions, "sample": sample,
        "rate": plan.rate, "estimated_seconds": plan.estimate().as_secs_f64().ceil(),
    });
    writeln!(out, "{result:#}")
}
