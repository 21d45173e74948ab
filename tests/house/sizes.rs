//! Files and functions that fit on a screen or a few.

use crate::source::{self, Source};

const FILE: usize = 250;
const BODY: usize = 40;

#[test]
fn no_file_is_longer_than_250_lines() {
    let long: Vec<_> = source::all()
        .iter()
        .filter(|source| source.lines.len() > FILE)
        .map(|source| format!("{}: {} lines", source.path, source.lines.len()))
        .collect();
    assert!(
        long.is_empty(),
        "longer than {FILE} lines without tests:\n{}",
        long.join("\n")
    );
}

#[test]
fn no_function_has_more_than_40_lines_in_its_body() {
    let long: Vec<_> = source::all().iter().flat_map(long_functions).collect();
    assert!(long.is_empty(), "longer than {BODY} lines:\n{}", long.join("\n"));
}

/// By rustfmt's layout: a body ends with a brace that is as far in as the function's first line.
fn long_functions(source: &Source) -> Vec<String> {
    let mut long = Vec::new();
    for (at, line) in source.lines.iter().enumerate() {
        let words = line.trim_start();
        let indent = &line[..line.len() - words.len()];
        let Some(name) = function_name(words) else { continue };
        let rest = &source.lines[at..];
        let Some(open) = rest.iter().position(|line| line.ends_with('{') || line.ends_with(';')) else {
            continue;
        };
        let close = rest.iter().position(|line| *line == format!("{indent}}}"));
        let body = close.map_or(0, |close| close.saturating_sub(open + 1));
        if rest[open].ends_with('{') && body > BODY {
            long.push(format!("{}: {name}, {body} lines", source.path));
        }
    }
    long
}

fn function_name(words: &str) -> Option<&str> {
    let (before, after) = words.split_once("fn ")?;
    let is_head = before
        .split_whitespace()
        .all(|word| ["pub", "const", "async", "in"].contains(&word) || word.starts_with("pub(") || word.ends_with(')'));
    let end = after.find(|it: char| !it.is_alphanumeric() && it != '_')?;
    (is_head && end > 0).then(|| &after[..end])
}
