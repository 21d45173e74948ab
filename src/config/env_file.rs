//! Reads a `.env` file as the backend keeps it: `NAME=value` lines, `export`, comments, quotes.
//!
//! Only `DATABASE_URL` and `INGEST__…` leave this module. The file belongs to someone else, so what it holds
//! besides is neither judged nor kept.

use std::path::Path;

use super::Origin;
use super::environment::{PREFIX, Variable};
use super::fault::Fault;

/// The variables of the file that concern us; the last one counts where a name is repeated, as dotenv has it.
pub(super) fn read(path: Option<&Path>, faults: &mut Vec<Fault>) -> Vec<Variable> {
    let Some(path) = path else {
        return Vec::new();
    };
    let origin = |name| Origin::EnvFile {
        path: path.to_owned(),
        name,
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("cannot be read: {error}");
            faults.push(Fault::of_source(origin(None), message));
            return Vec::new();
        }
    };
    let mut variables: Vec<Variable> = Vec::new();
    for (name, value) in entries(&text) {
        if name != "DATABASE_URL" && !name.starts_with(PREFIX) {
            continue;
        }
        variables.retain(|earlier| earlier.name != name);
        variables.push(Variable {
            origin: origin(Some(name.clone())),
            value: value.and_then(written_out),
            name,
        });
    }
    variables
}

/// Some loaders fill in `${OTHER}`; taken literally it would be a wrong password, so it is refused.
fn written_out(value: String) -> Result<String, String> {
    if value.contains("${") {
        return Err("${...} is not filled in here: write the value out".to_owned());
    }
    Ok(value)
}

/// Names and values in the order of the file; lines of any other form are passed over.
fn entries(text: &str) -> Vec<(String, Result<String, String>)> {
    let mut entries = Vec::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    while !rest.is_empty() {
        let (line, next) = rest.split_once('\n').unwrap_or((rest, ""));
        let assignment = !line.trim_start().starts_with('#') && line.contains('=');
        // the value is taken from the whole rest, since a quoted one may span lines
        let Some((name, value)) = rest.split_once('=').filter(|_| assignment) else {
            rest = next;
            continue;
        };
        let name = name.trim();
        let name = name.strip_prefix("export ").unwrap_or(name).trim();
        let (value, after) = value_of(value);
        entries.push((name.to_owned(), value));
        rest = after.unwrap_or(next);
    }
    entries
}

/// The value that `text` begins with, and what follows its line where it is quoted.
fn value_of(text: &str) -> (Result<String, String>, Option<&str>) {
    let start = text.trim_start_matches([' ', '\t']);
    let mut characters = start.chars();
    let Some(quote @ ('"' | '\'')) = characters.next() else {
        return (Ok(unquoted(start)), None);
    };
    match quoted(characters.as_str(), quote) {
        Some((value, left)) => {
            let next = left.split_once('\n').map_or("", |(_, next)| next);
            (Ok(value), Some(next))
        }
        None => (Err("the quote is never closed".to_owned()), None),
    }
}

/// Up to the end of the line, or to a `#` after white space.
fn unquoted(text: &str) -> String {
    let line = text.split('\n').next().unwrap_or_default();
    let comment = line
        .char_indices()
        .zip(line.chars().skip(1))
        .find(|((_, before), mark)| before.is_whitespace() && *mark == '#');
    let value = match comment {
        Some(((at, _), _)) => line.split_at(at).0,
        None if line.starts_with('#') => "",
        None => line,
    };
    value.trim().to_owned()
}

/// Up to the closing quote, escapes resolved, and what comes after it; `None` when it never closes.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == quote {
            return Some((value, characters.as_str()));
        }
        if character != '\\' {
            value.push(character);
            continue;
        }
        match characters.next()? {
            escaped if escaped == quote || escaped == '\\' => value.push(escaped),
            'n' if quote == '"' => value.push('\n'),
            'r' if quote == '"' => value.push('\r'),
            't' if quote == '"' => value.push('\t'),
            other => value.extend(['\\', other]),
        }
    }
    None
}
