//! The page on reliability names every failure mode once, and only tests that exist.

use crate::page;
use crate::source::{files_below, text_of};
use std::collections::BTreeSet;

const PAGE: &str = "docs/reliability.md";
/// What stands in the last column where no test shows it.
const NONE: &str = "not shown";

/// Names of all tests.
fn tests() -> BTreeSet<String> {
    let files = files_below("tests", "rs").into_iter().chain(files_below("src", "rs"));
    files.flat_map(|path| tests_in(&text_of(&path))).collect()
}

fn tests_in(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let is_mark = |line: &&str| line.starts_with("#[test]") || line.starts_with("#[tokio::test");
    let marks = (0..lines.len()).filter(|at| is_mark(&lines[*at]));
    marks
        .filter_map(|at| lines[at..].iter().find_map(|line| name(line)))
        .collect()
}

fn name(line: &str) -> Option<String> {
    let rest = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
    Some(rest.split('(').next()?.to_owned())
}

#[test]
fn each_failure_mode_has_a_row_and_each_test_that_it_names_exists() {
    let (tests, rows) = (tests(), page::table(PAGE, "failure modes"));
    let numbers: Vec<String> = rows.iter().map(|cells| cells[0].clone()).collect();
    let wanted: Vec<String> = (1..=41).map(|number| format!("F{number:02}")).collect();
    assert_eq!(numbers, wanted, "{PAGE} has a row for each failure mode, in order");
    let mut wrong = Vec::new();
    for cells in &rows {
        let named = page::words(&cells[3]);
        if named.is_empty() != (cells[3] == NONE) {
            wrong.push(format!("{}: name tests, or write: {NONE}", cells[0]));
        }
        let missing = named.iter().filter(|name| !tests.contains(*name));
        wrong.extend(missing.map(|name| format!("{}: there is no test {name}", cells[0])));
    }
    assert!(wrong.is_empty(), "{PAGE}:\n{}", wrong.join("\n"));
}
