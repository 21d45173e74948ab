//! What an audit has found, for people and for programs.

use crate::audit::{Compared, Difference, Differences};
use crate::command::number::grouped;
use crate::command::wrap::column;
use crate::store::audit::Account;
use serde_json::{Value, json};
use std::io::{self, Write};

/// What was found of a range of events.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub(super) found: Compared,
    /// Offsets of the range that the group has not stored yet.
    pub(super) not_stored: i64,
    /// What has to be said of the range.
    pub(super) notes: Vec<String>,
}

/// All that was found.
#[derive(Debug)]
pub(super) struct Report<'run> {
    pub(super) group: &'run str,
    pub(super) accounts: &'run [Account],
    pub(super) ledger: Differences,
    pub(super) positions: Differences,
    pub(super) letters: Differences,
    /// Partitions of topics that the settings do not name, so that their positions were not looked at.
    pub(super) foreign: usize,
    pub(super) events: Option<Events>,
}

/// One line, with what differs below it.
struct Line<'report> {
    check: &'static str,
    found: String,
    differences: Option<&'report Differences>,
    notes: Vec<String>,
}

/// Of the verdict and the check's name, each with the space after it.
const INDENT: usize = 6 + 11;

impl Report<'_> {
    pub(super) fn differences(&self) -> u64 {
        let lines = self.lines();
        lines
            .iter()
            .filter_map(|line| line.differences)
            .map(|it| it.count)
            .sum()
    }

    pub(super) fn table(&self, out: &mut impl Write, wrapped: bool) -> io::Result<()> {
        writeln!(out, "Audit of group {}\n", self.group)?;
        for line in self.lines() {
            write!(out, "{:<6}{:<11}", line.verdict(), line.check)?;
            tell(out, &line.found, wrapped)?;
            for note in &line.notes {
                write!(out, "{:INDENT$}", "")?;
                tell(out, note, wrapped)?;
            }
            let Some(differences) = line.differences else { continue };
            for difference in &differences.first {
                write!(out, "{:INDENT$}", "")?;
                tell(out, &format!("{}: {}", record(difference), difference.what), wrapped)?;
            }
            let more = differences.count - differences.first.len() as u64;
            if more > 0 {
                writeln!(out, "{:INDENT$}and {} more", "", grouped(more))?;
            }
        }
        Ok(())
    }

    pub(super) fn json(&self, out: &mut impl Write) -> io::Result<()> {
        let checks: Vec<Value> = self.lines().iter().map(Line::json).collect();
        let events = self.events.as_ref().map(|Events { found, not_stored, .. }| {
            json!({
                "records": found.records, "reflected": found.reflected, "dead_letters": found.dead_letters,
                "tombstones": found.tombstones, "orphans": found.orphans, "differences": found.differences.count,
                "lost_offsets": found.lost, "offsets_not_stored": not_stored,
            })
        });
        let result = json!({
            "group": self.group, "differences": self.differences(), "checks": checks, "events": events,
        });
        writeln!(out, "{result:#}")
    }

    fn lines(&self) -> Vec<Line<'_>> {
        vec![self.ledger(), self.positions(), self.letters(), self.events()]
    }

    fn sum(&self, of: fn(&Account) -> i64) -> String {
        grouped(self.accounts.iter().map(of).sum::<i64>())
    }

    fn ledger(&self) -> Line<'_> {
        let consumed = self.sum(|account| account.consumed);
        Line::new(
            "ledger",
            &self.ledger,
            format!("{consumed} records, each with one outcome"),
        )
    }

    fn positions(&self) -> Line<'_> {
        let known = self.accounts.iter().filter(|account| account.next_offset.is_some());
        let known = grouped(known.count() - self.foreign);
        let mut line = Line::new(
            "positions",
            &self.positions,
            format!("{known} partitions, each within its log"),
        );
        if self.foreign > 0 {
            let foreign = self.foreign;
            line.notes.push(format!(
                "{foreign} partitions of topics that kafka.topics does not name: not looked at"
            ));
        }
        let halted = self.accounts.iter().filter_map(|account| {
            let why = account.halted.as_ref()?;
            Some(format!("{} stands still: {why}", account.partition))
        });
        line.notes.extend(halted);
        line
    }

    fn letters(&self) -> Line<'_> {
        let counted = self.sum(|account| account.dead_lettered);
        Line::new(
            "letters",
            &self.letters,
            format!("{counted} dead letters by the ledger, all of them stored"),
        )
    }

    fn events(&self) -> Line<'_> {
        let Some(Events {
            found,
            not_stored,
            notes,
        }) = &self.events
        else {
            return Line {
                check: "events",
                found: "not looked at; --from earliest compares all that is stored".to_owned(),
                differences: None,
                notes: Vec::new(),
            };
        };
        let records = grouped(found.records);
        let all = format!("{records} records, each in the tables or a dead letter");
        let mut line = Line::new("events", &found.differences, all);
        let counts = [
            ("are in the tables", found.reflected),
            ("are dead letters", found.dead_letters),
            ("have no value", found.tombstones),
            ("are of users or tracks that do not exist", found.orphans),
            ("are neither", found.differences.count),
            (
                "offsets were deleted by the log before they were read",
                found.lost.unsigned_abs(),
            ),
            (
                "offsets of the range are not stored yet, and were left out",
                not_stored.unsigned_abs(),
            ),
        ];
        let counts = counts.into_iter().filter(|(_, count)| *count > 0);
        line.notes = counts
            .map(|(what, count)| format!("{} {what}", grouped(count)))
            .collect();
        line.notes.extend(notes.iter().cloned());
        line
    }
}

impl<'report> Line<'report> {
    /// `right` is said where nothing differs.
    fn new(check: &'static str, differences: &'report Differences, right: String) -> Self {
        let found = match differences.count {
            0 => right,
            1 => "1 difference".to_owned(),
            count => format!("{} differences", grouped(count)),
        };
        Self {
            check,
            found,
            differences: Some(differences),
            notes: Vec::new(),
        }
    }

    fn verdict(&self) -> &'static str {
        match self.differences {
            None => "skip",
            Some(Differences { count: 0, .. }) => "ok",
            Some(_) => "fail",
        }
    }

    fn json(&self) -> Value {
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
    let (topic, number) = (&partition.topic, partition.partition);
    offset.map_or_else(
        || format!("{topic}/{number}"),
        |offset| format!("{topic}/{number}@{offset}"),
    )
}

/// The rest of a line; on a terminal broken into several.
fn tell(out: &mut impl Write, text: &str, wrapped: bool) -> io::Result<()> {
    if wrapped {
        column(out, text, INDENT)
    } else {
        writeln!(out, "{text}")
    }
}
