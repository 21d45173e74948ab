//! `positions show`.

use super::Chosen;
use super::standing::{Sides, Standing};
use crate::command::exit::{Failure, print_failed};
use crate::command::format::Format;
use crate::command::output::output;
use crate::command::wrap::remark;
use crate::config::Config;
use serde_json::{Value, json};
use std::io::{self, Write};

pub(super) async fn run(chosen: &Chosen, format: Format, config: &Config) -> Result<(), Failure> {
    let all = Sides::of(config)?.look(chosen, config).await?;
    let out = &mut output();
    let printed = match format {
        Format::Json => writeln!(out, "{:#}", all.iter().map(object).collect::<Value>()),
        Format::Table => table(out, &all),
    };
    printed.map_err(print_failed)
}

/// Offsets that are not stored yet, those that the log has lost among them.
fn lag(standing: &Standing) -> Option<i64> {
    let (stored, marks) = (standing.stored.as_ref()?, standing.marks?);
    Some((marks.end_offset - stored.next_offset).max(0))
}

fn table(out: &mut impl Write, all: &[Standing]) -> io::Result<()> {
    let mut topic = "";
    for standing in all {
        if topic != &*standing.partition.topic {
            topic = &standing.partition.topic;
            writeln!(out, "{topic}")?;
            row(out, ["partition", "position", "log begins", "log ends", "to store"])?;
        }
        let (stored, marks) = (standing.stored.as_ref(), standing.marks);
        let text = |number: Option<i64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        row(
            out,
            [
                &standing.partition.partition.to_string(),
                &text(stored.map(|stored| stored.next_offset)),
                &text(marks.map(|marks| marks.low_offset)),
                &text(marks.map(|marks| marks.end_offset)),
                &text(lag(standing)),
            ],
        )?;
        if let Some((_, why)) = standing.halt() {
            remark(out, &format!("stands still: {why}"))?;
        } else if let Some(why) = &standing.anew {
            remark(out, why)?;
        }
        if marks.is_none() {
            remark(out, "the topic has no such partition")?;
        }
    }
    Ok(())
}

/// The offsets as they can be given to `set`: without a space between digits.
fn row(out: &mut impl Write, [partition, position, begins, ends, lag]: [&str; 5]) -> io::Result<()> {
    writeln!(
        out,
        "  {partition:>9}  {position:>14}  {begins:>14}  {ends:>14}  {lag:>14}"
    )
}

fn object(standing: &Standing) -> Value {
    let (stored, marks) = (standing.stored.as_ref(), standing.marks);
    let cause = standing.halt().map(|(_, why)| why.split(": ").next());
    json!({
        "topic": &*standing.partition.topic, "partition": standing.partition.partition,
        "next_offset": stored.map(|stored| stored.next_offset),
        "epoch": stored.map(|stored| stored.epoch.0),
        "log_start_offset": marks.map(|marks| marks.low_offset),
        "log_end_offset": marks.map(|marks| marks.end_offset),
        "lag": lag(standing),
        "halted": stored.and_then(|stored| stored.halted.clone()), "cause": cause,
        "made_anew": standing.anew,
    })
}
