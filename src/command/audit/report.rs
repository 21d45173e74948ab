//! What an audit has found, for people and for programs.

use super::line::{Line, place};
use crate::audit::{Compared, Differences};
use crate::command::number::{counted, grouped};
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
    /// Partitions whose positions were looked at.
    pub(super) known: usize,
    /// Partitions of which the group has stored nothing.
    pub(super) new: usize,
    /// Partitions of topics that the settings do not name.
    pub(super) foreign: usize,
    pub(super) events: Option<Events>,
}

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
            line.print(out, wrapped)?;
        }
        Ok(())
    }

    pub(super) fn json(&self, out: &mut impl Write) -> io::Result<()> {
        let checks: Vec<Value> = self.lines().iter().map(Line::json).collect();
        let events = self.events.as_ref().map(|Events { found, not_stored, .. }| {
            json!({
                "records": found.records, "reflected": found.reflected, "dead_letters": found.dead_letters,
                "tombstones": found.tombstones, "orphans": found.orphans, "differences": found.differences.count,
                "unreadable_partitions": found.unreadable,
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

    fn sum(&self, of: fn(&Account) -> i64) -> i64 {
        self.accounts.iter().map(of).sum()
    }

    fn ledger(&self) -> Line<'_> {
        let consumed = counted(self.sum(|account| account.consumed), "record");
        Line::new("ledger", &self.ledger, format!("{consumed}, each with one outcome"))
    }

    fn positions(&self) -> Line<'_> {
        let known = counted(self.known, "partition");
        let mut line = Line::new("positions", &self.positions, format!("{known} within the log"));
        if self.accounts.is_empty() {
            let group = self.group;
            line.notes.push(format!(
                "group {group} has stored nothing yet; is kafka.group_id right?"
            ));
        } else if self.new > 0 {
            let new = counted(self.new, "partition");
            line.notes
                .push(format!("{new} of which the group has stored nothing yet"));
        }
        if self.foreign > 0 {
            let foreign = counted(self.foreign, "partition");
            line.notes.push(format!(
                "{foreign} of topics that kafka.topics does not name: not looked at"
            ));
        }
        let halted = self.accounts.iter().filter_map(|account| {
            let why = account.halted.as_ref()?;
            Some(format!("{} stands still: {why}", place(&account.partition)))
        });
        line.notes.extend(halted);
        line
    }

    fn letters(&self) -> Line<'_> {
        let letters = counted(self.sum(|account| account.dead_lettered), "dead letter");
        Line::new(
            "letters",
            &self.letters,
            format!("{letters} by the ledger, all of them stored"),
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
        let records = counted(found.records, "record");
        let all = format!("{records}, each in the tables or a dead letter");
        let mut line = Line::new("events", &found.differences, all);
        let counts = [
            ("are in the tables", found.reflected),
            ("are dead letters", found.dead_letters),
            ("have no value", found.tombstones),
            ("are of users or tracks that do not exist", found.orphans),
            ("are neither", found.differences.count - found.unreadable),
            ("of the partitions could not be read to their end", found.unreadable),
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
