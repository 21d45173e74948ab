//! Pages in Markdown: tables between two marks, and parts that are generated.

use crate::source::{root, text_of};
use std::fs;

/// The text between `<!-- NAME -->` and `<!-- end of NAME -->`.
pub(crate) fn part(path: &str, name: &str) -> String {
    let text = text_of(path);
    let (_, _, part) = cut(&text, path, name);
    part.to_owned()
}

/// What comes before the part, what comes after it, and the part.
fn cut<'a>(text: &'a str, path: &str, name: &str) -> (&'a str, &'a str, &'a str) {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let start = text.find(&begin).unwrap_or_else(|| panic!("{path} lacks {begin}")) + begin.len();
    let stop = text.find(&end).unwrap_or_else(|| panic!("{path} lacks {end}"));
    (&text[..start], &text[stop..], &text[start..stop])
}

/// The rows of the table in a part, without its head, cell by cell.
pub(crate) fn table(path: &str, name: &str) -> Vec<Vec<String>> {
    let part = part(path, name);
    let rows = part.lines().filter(|line| line.starts_with('|')).skip(2);
    let cells = |row: &str| {
        let inside = row.trim().trim_matches('|');
        inside.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let rows: Vec<_> = rows.map(cells).collect();
    assert!(!rows.is_empty(), "{path}: no table in {name}");
    rows
}

/// What stands in backticks, a `/` at its end left out.
pub(crate) fn words(cell: &str) -> Vec<String> {
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted.map(|word| word.trim_end_matches('/').to_owned()).collect()
}

/// Fenced blocks whose first line is this one: three backticks and a language.
pub(crate) fn blocks(path: &str, fence: &str) -> Vec<String> {
    let text = text_of(path);
    let opening = format!("{fence}\n");
    let blocks: Vec<_> = text
        .split("\n\n")
        .filter_map(|paragraph| Some(paragraph.trim().strip_prefix(&opening)?.strip_suffix("```")?.to_owned()))
        .collect();
    assert!(!blocks.is_empty(), "{path} has no block that begins with {fence}");
    blocks
}

/// Compares a generated part of a page with what it has to be, or writes it where `UPDATE_DOCS` is set.
pub(crate) fn hold(path: &str, name: &str, wanted: &str) {
    let text = text_of(path);
    let (before, after, part) = cut(&text, path, name);
    let wanted = format!("\n{}\n\n", wanted.trim());
    if part == wanted {
        return;
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(root().join(path), format!("{before}{wanted}{after}")).expect("the page can be written");
        return;
    }
    let differs = part.lines().zip(wanted.lines()).find(|(is, should)| is != should);
    panic!("{path} is not current, at {differs:?}; run UPDATE_DOCS=1 cargo test --test house and look at the change");
}
