//! The JSON of each section, and the tables of the page, which are made from it.

use super::SECTIONS;
use super::figure::Report;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/performance.md";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn file_of(section: &str) -> PathBuf {
    root().join("target/bench").join(format!("{section}.json"))
}

/// Leaves the figures of a section where the page is made from.
pub(crate) fn keep(report: &Report) {
    let file = file_of(&report.section);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, serde_json::to_string_pretty(report).unwrap()).unwrap();
    println!("figures: {}", file.display());
}

/// Writes the tables of every section that was ever measured here into the page, each between its two markers.
pub(crate) fn write() {
    let page = root().join(PAGE);
    let mut text = std::fs::read_to_string(&page).unwrap();
    for section in SECTIONS {
        let Ok(json) = std::fs::read_to_string(file_of(section)) else {
            continue;
        };
        let report: Report = serde_json::from_str(&json).unwrap();
        text = with_block(&text, section, &block(&report));
    }
    std::fs::write(page, text).unwrap();
}

fn block(report: &Report) -> String {
    let machine: Vec<String> = report
        .machine
        .iter()
        .map(|(what, value)| format!("{what} {value}"))
        .collect();
    format!(
        "`scripts/bench {}`: {}.\n{}, {}.\n\n{}",
        report.section,
        report.about,
        report.measured_at,
        machine.join(", "),
        report.tables()
    )
}

fn with_block(text: &str, section: &str, block: &str) -> String {
    let (begin, end) = (format!("<!-- {section} -->\n"), format!("<!-- end of {section} -->"));
    let missing = || panic!("{PAGE} has no place for {section}");
    let (before, rest) = text.split_once(&begin).unwrap_or_else(missing);
    let (_, after) = rest.split_once(&end).unwrap_or_else(missing);
    format!("{before}{begin}\n{block}\n{end}{after}")
}
