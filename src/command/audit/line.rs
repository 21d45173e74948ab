//! One line of the report, with what differs below it.

use crate::audit::{Difference, Differences};
use crate::command::number::{counted, grouped};
use crate::command::wrap::tell;
use crate::position::TopicPartition;
use serde_json::{Value, json};
use std::io::{self, Write};

/// One line, with what differs below it.
pub(super) struct Line<'report> {
    pub(super) check: &'static str,
    pub(super) found: String,
    pub(super) differences: Option<&'report Differences>,
    pub(super) notes: Vec<String>,
}

/// Of the verdict and the check's name, each with the space after it.
const INDENT: usize = 6 + 11;
/// Where what differs begins, so that two ids stand in two lines.
const FURTHER: usize = 6;

impl<'report> Line<'report> {
    /// `right` is said where nothing differs.
    pub(super) fn new(check: &'static str, differences: &'report Differences, right: String) -> Self {
        let found = match differences.count {
            0 => right,
            count => counted(count, "difference"),
        };
        Self {
            check,
            found,
            differences: Some(differences),
            notes: Vec::new(),
        }
    }

    pub(super) fn print(&self, out: &mut impl Write, wrapped: bool) -> io::Result<()> {
        write!(out, "{:<6}{:<11}", self.verdict(), self.check)?;
        tell(out, &self.found, wrapped.then_some(INDENT))?;
        for note in &self.notes {
            write!(out, "{:INDENT$}", "")?;
            tell(out, note, wrapped.then_some(INDENT))?;
        }
        let Some(differences) = self.differences else {
            return Ok(());
        };
        for difference in &differences.first {
            write!(out, "{:FURTHER$}", "")?;
            let text = format!("{}: {}", record(difference), difference.what);
            tell(out, &text, wrapped.then_some(FURTHER))?;
        }
        let more = differences.count - differences.first.len() as u64;
        if more > 0 {
            writeln!(out, "{:FURTHER$}and {} more", "", grouped(more))?;
        }
        Ok(())
    }

    fn verdict(&self) -> &'static str {
        match self.differences {
            None => "skip",
            Some(Differences { count: 0, .. }) => "ok",
            Some(_) => "fail",
        }
    }

    pub(super) fn json(&self) -> Value {
        let first = |difference: &Difference| {
            let Difference {
                partition,
                offset,
                what,
            } = difference;
            json!({"topic": &*partition.topic, "partition": partition.partition, "offset": offset, "what": what})
        };
        let first = self
            .differences
            .iter()
            .flat_map(|differences| &differences.first)
            .map(first);
        json!({
            "check": self.check, "verdict": self.verdict(), "found": self.found, "notes": self.notes,
            "differences": self.differences.map_or(0, |differences| differences.count),
            "first": first.collect::<Vec<_>>(),
        })
    }
}

/// The record as `dead-letters list` names it.
fn record(Difference { partition, offset, .. }: &Difference) -> String {
    let place = place(partition);
    match offset {
        Some(offset) => format!("{place}@{offset}"),
        None => place,
    }
}

pub(super) fn place(partition: &TopicPartition) -> String {
    format!("{}/{}", partition.topic, partition.partition)
}
