//! What was measured: rounds of named figures, as a table on the terminal, as JSON, and as a table of the page.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The figures of one round in the order in which they are shown.
pub(crate) type Round = Vec<(&'static str, f64)>;

/// One line of a table: what was measured, and every round of each figure.
#[derive(Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) figures: Vec<Figure>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) values: Values,
}

/// One value a round; written with what is shown of them.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(into = "Spread")]
pub(crate) struct Values {
    pub(crate) rounds: Vec<f64>,
}

#[derive(Serialize)]
struct Spread {
    median: f64,
    least: f64,
    most: f64,
    rounds: Vec<f64>,
}

impl From<Values> for Spread {
    fn from(Values { rounds }: Values) -> Self {
        let mut sorted = rounds.clone();
        sorted.sort_by(f64::total_cmp);
        Self {
            median: sorted[sorted.len() / 2],
            least: sorted[0],
            most: sorted[sorted.len() - 1],
            rounds,
        }
    }
}

/// One row divided by another, round by round, since the machine's speed changes from minute to minute.
#[derive(Serialize, Deserialize)]
pub(crate) struct Ratio {
    pub(crate) name: String,
    pub(crate) figure: String,
    #[serde(flatten)]
    pub(crate) values: Values,
    /// What is aimed at.
    pub(crate) goal: String,
}

/// What a section measured.
#[derive(Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) section: String,
    pub(crate) about: String,
    pub(crate) measured_at: String,
    pub(crate) machine: BTreeMap<String, String>,
    pub(crate) rows: Vec<Row>,
    pub(crate) ratios: Vec<Ratio>,
}

impl Report {
    pub(crate) fn new(section: &str, about: String) -> Self {
        Self {
            section: section.to_owned(),
            about,
            measured_at: chrono::Utc::now().format("%Y-%m-%d %H:%M UTC").to_string(),
            machine: machine(),
            rows: Vec::new(),
            ratios: Vec::new(),
        }
    }

    /// Adds a round to the row of that name.
    pub(crate) fn add(&mut self, name: &str, round: Round) {
        println!("  {name}: {}", shown(&round));
        if !self.rows.iter().any(|row| row.name == name) {
            let figures = round.iter().map(|(figure, _)| Figure {
                name: (*figure).to_owned(),
                values: Values::default(),
            });
            self.rows.push(Row {
                name: name.to_owned(),
                figures: figures.collect(),
            });
        }
        let row = self.rows.iter_mut().find(|row| row.name == name).unwrap();
        for (figure, (_, value)) in row.figures.iter_mut().zip(round) {
            figure.values.rounds.push(value);
        }
    }

    /// Compares a figure of two rows that were measured in turn.
    pub(crate) fn compare(&mut self, figure: &str, of: &str, with: &str, goal: &str) {
        let rounds = |name: &str| {
            let row = self.rows.iter().find(|row| row.name == name).unwrap();
            &row.figures
                .iter()
                .find(|found| found.name == figure)
                .unwrap()
                .values
                .rounds
        };
        let rounds = rounds(of)
            .iter()
            .zip(rounds(with))
            .map(|(of, with)| of / with)
            .collect();
        self.ratios.push(Ratio {
            name: format!("{of} / {with}"),
            figure: figure.to_owned(),
            values: Values { rounds },
            goal: goal.to_owned(),
        });
    }

    /// The tables in Markdown, which reads well on a terminal too.
    pub(crate) fn tables(&self) -> String {
        let mut text = String::new();
        let Some(first) = self.rows.first() else { return text };
        let names = first.figures.iter().map(|figure| figure.name.as_str());
        table_head(&mut text, names);
        for row in &self.rows {
            let cells = row.figures.iter().map(|figure| spread(&figure.values));
            table_line(&mut text, &row.name, cells);
        }
        if !self.ratios.is_empty() {
            text.push('\n');
            table_head(&mut text, ["figure", "ratio", "goal"].into_iter());
            for ratio in &self.ratios {
                let cells = [ratio.figure.clone(), spread(&ratio.values), ratio.goal.clone()];
                table_line(&mut text, &ratio.name, cells.into_iter());
            }
        }
        text
    }
}

fn table_head<'a>(text: &mut String, names: impl Iterator<Item = &'a str>) {
    let names: Vec<&str> = names.collect();
    writeln!(text, "| | {} |", names.join(" | ")).unwrap();
    writeln!(text, "|---|{}", "---|".repeat(names.len())).unwrap();
}

fn table_line(text: &mut String, name: &str, cells: impl Iterator<Item = String>) {
    writeln!(text, "| {name} | {} |", cells.collect::<Vec<_>>().join(" | ")).unwrap();
}

fn shown(round: &Round) -> String {
    let parts: Vec<String> = round
        .iter()
        .map(|(name, value)| format!("{name} {}", digits(*value)))
        .collect();
    parts.join(", ")
}

/// The median, and the least and the most where there are several rounds.
fn spread(values: &Values) -> String {
    let Spread {
        median,
        least,
        most,
        rounds,
    } = values.clone().into();
    if rounds.len() == 1 {
        return digits(median);
    }
    format!("{} ({} to {})", digits(median), digits(least), digits(most))
}

/// As many digits as the figure is worth.
fn digits(value: f64) -> String {
    if value >= 1_000.0 {
        let mut shown = format!("{:.0}", (value / 100.0).round() * 100.0);
        let mut place = shown.len();
        while place > 3 {
            place -= 3;
            shown.insert(place, ' ');
        }
        return shown;
    }
    let places = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.places$}")
}

fn machine() -> BTreeMap<String, String> {
    let cores = std::thread::available_parallelism().unwrap().to_string();
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown", |(_, model)| model.trim());
    BTreeMap::from([
        ("cores".to_owned(), cores),
        ("processor".to_owned(), model.to_owned()),
        ("commit".to_owned(), commit()),
    ])
}

/// The commit that is checked out, and whether anything differs from it but the page that this writes.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git").args(arguments).output();
        output.map_or_else(
            |_| String::new(),
            |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        )
    };
    let changed = git(&["status", "--porcelain", "--", ":/", ":/!docs/performance.md"]);
    let mark = if changed.is_empty() { "" } else { "-dirty" };
    format!("{}{mark}", git(&["rev-parse", "--short", "HEAD"]))
}
