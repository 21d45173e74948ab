//! What came of it, for 80 columns.

use super::freshness::Freshness;
use super::ingestion::Ingested;
use super::listeners::Sent;
use crate::batch::{Ledger, Outcome};
use crate::command::number::{grouped, rate, seconds};
use crate::command::wiring::VERSION;
use crate::config::{Config, Server};
use crate::store::demo::{Account, LetterGroup, RowVersions, TopicLedger};
use std::io::{self, IsTerminal, Write};

/// All that a demo has found out.
#[derive(Debug)]
pub(super) struct Report<'a> {
    pub(super) config: &'a Config,
    pub(super) seed: u64,
    pub(super) sent: Sent,
    pub(super) first: Ingested,
    pub(super) freshness: Freshness,
    pub(super) account: Account,
    pub(super) again: Again,
    pub(super) keep: bool,
}

/// What the second ingestion did.
#[derive(Debug)]
pub(super) struct Again {
    pub(super) group: String,
    pub(super) ingested: Ingested,
    pub(super) before: State,
    pub(super) after: State,
}

/// How things stand at one moment.
#[derive(Debug)]
pub(super) struct State {
    pub(super) rows: RowVersions,
    /// Of the group that ingests once more; a former demo's share is in it.
    pub(super) ledger: Ledger,
}

impl Again {
    /// How many records had this outcome.
    fn of(&self, outcome: Outcome) -> i64 {
        self.after.ledger.of(outcome) - self.before.ledger.of(outcome)
    }

    /// Records that changed a row, by the ledger.
    fn changes(&self) -> i64 {
        self.of(Outcome::Inserted) + self.of(Outcome::Updated) + self.of(Outcome::Removed)
    }

    /// Whether anything changed, by the ledger or by the rows themselves.
    pub(super) fn changed(&self) -> bool {
        self.changes() != 0 || self.before.rows != self.after.rows
    }
}

impl Report<'_> {
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        self.write_summary(out)?;
        self.write_rows(out)?;
        write_ledger(out, &self.config.kafka.group_id, &self.account.ledger)?;
        write_letters(out, &self.account.letters)?;
        self.again.write(out)?;
        self.write_next(out)
    }

    fn write_summary(&self, out: &mut impl Write) -> io::Result<()> {
        let Sent { counts, elapsed } = self.sent;
        let (first, fresh) = (self.first, self.freshness);
        let title = format!("audiohm-ingest {VERSION}: what the demo did (seed {})", self.seed);
        heading(out, &title)?;
        let events = grouped(counts.total());
        line(out, "sent", &format!("{events} events in {}", seconds(elapsed)))?;
        let parts = counts.parts();
        let parts = parts.map(|(name, count)| format!("{} {name}", grouped(count)));
        let (usual, odd) = parts.split_at(3);
        line(out, "", &usual.join(", "))?;
        line(out, "", &odd.join(", "))?;
        line(out, "ingested", &told(first))?;
        let (median, slowest) = (fresh.median.as_millis(), fresh.slowest.as_millis());
        line(
            out,
            "fresh",
            &format!("{median} ms from sending a play to a row that others see"),
        )?;
        line(
            out,
            "",
            &format!("(median of {}; the slowest took {slowest} ms)", fresh.plays),
        )
    }

    fn write_rows(&self, out: &mut impl Write) -> io::Result<()> {
        let rows = self.account.rows;
        heading(out, "Rows")?;
        for (table, rows) in [
            ("listening_history", rows.listening_history),
            ("liked_tracks", rows.liked_tracks),
            ("ingest.dead_letters", rows.dead_letters),
        ] {
            line(out, table, &format!("{:>9}", grouped(rows)))?;
        }
        Ok(())
    }

    fn write_next(&self, out: &mut impl Write) -> io::Result<()> {
        let (listen, database) = (self.config.admin.listen, database(self.config));
        heading(out, "Look around")?;
        writeln!(out, "  psql {database}")?;
        writeln!(
            out,
            "    select * from listening_history order by played_at desc limit 5;"
        )?;
        writeln!(out, "    select * from ingest.progress;")?;
        if self.keep {
            writeln!(out, "  http://{listen}/         status, refreshed by itself")?;
            writeln!(out, "  http://{listen}/metrics  for Prometheus")
        } else {
            writeln!(
                out,
                "  --keep (scripts/demo --keep) leaves everything up until Ctrl-C, with"
            )?;
            writeln!(out, "  a status page on http://{listen}/ and Prometheus' /metrics")
        }
    }
}

impl Again {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        heading(out, &format!("The same topics once more, as group {}", self.group))?;
        line(out, "ingested", &told(self.ingested))?;
        let (unchanged, letters) = (self.of(Outcome::Unchanged), self.of(Outcome::DeadLettered));
        let (unchanged, letters) = (grouped(unchanged), grouped(letters));
        let changes = grouped(self.changes());
        let outcome = format!("{changes} rows changed ({unchanged} unchanged, {letters} dead-lettered)");
        line(out, "outcome", &outcome)?;
        let proof = if self.changed() {
            "rows were written, which must not be: please report this".to_owned()
        } else {
            let rows = grouped(self.before.rows.rows);
            format!("each of {rows} rows is the version it was before (xmin)")
        };
        line(out, "proof", &proof)
    }
}

fn told(ingested: Ingested) -> String {
    let Ingested { events, elapsed } = ingested;
    let (number, took, rate) = (grouped(events), seconds(elapsed), rate(events, elapsed));
    format!("{number} events in {took}: {rate} events/s")
}

fn write_ledger(out: &mut impl Write, group: &str, topics: &[TopicLedger]) -> io::Result<()> {
    heading(out, &format!("Ledger of group {group}: each record has one outcome"))?;
    let sum = TopicLedger {
        topic: "together".to_owned(),
        ledger: total(topics),
    };
    let columns: Vec<&TopicLedger> = topics.iter().chain([&sum]).collect();
    let mut row = |name: &str, cell: &dyn Fn(&TopicLedger) -> String| {
        let cell = |column: &&TopicLedger| format!("{:>1$}", cell(column), column.topic.len().max(9));
        let cells: Vec<String> = columns.iter().map(cell).collect();
        line(out, name, &cells.join("  "))
    };
    row("", &|column| column.topic.clone())?;
    for outcome in Outcome::ALL {
        row(outcome.as_str(), &|column| grouped(column.ledger.of(outcome)))?;
    }
    row("consumed", &|column| grouped(column.ledger.consumed()))
}

fn write_letters(out: &mut impl Write, letters: &[LetterGroup]) -> io::Result<()> {
    heading(out, "Dead letters")?;
    if letters.is_empty() {
        return writeln!(out, "  none");
    }
    for group in letters {
        let meaning = match group.state.as_str() {
            "waiting" => "waiting: tried again until the parent appears",
            "open" => "open: kept byte by byte for a person",
            state => state,
        };
        let count = grouped(group.letters);
        line(out, &group.reason, &format!("{count:>9}  {meaning}"))?;
    }
    Ok(())
}

/// All topics together.
pub(super) fn total(topics: &[TopicLedger]) -> Ledger {
    let mut total = Ledger::default();
    for topic in topics {
        total += topic.ledger;
    }
    total
}

/// For psql, without the password: psql asks for it.
fn database(config: &Config) -> String {
    let database = &config.database;
    let user = database.user.as_deref();
    let user = user.map_or_else(String::new, |user| format!("{user}@"));
    let (port, name) = (database.port, &database.name);
    match &database.server {
        Server::Host(host) if host.contains(':') => format!("'postgres://{user}[{host}]:{port}/{name}'"),
        Server::Host(host) => format!("postgres://{user}{host}:{port}/{name}"),
        Server::Socket(directory) => {
            format!("'postgres://{user}:{port}/{name}?host={}'", directory.display())
        }
    }
}

fn heading(out: &mut impl Write, text: &str) -> io::Result<()> {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if io::stdout().is_terminal() && !plain {
        writeln!(out, "\n\x1b[1m{text}\x1b[0m")
    } else {
        writeln!(out, "\n{text}")
    }
}

fn line(out: &mut impl Write, name: &str, text: &str) -> io::Result<()> {
    writeln!(out, "  {name:<19}  {text}")
}
