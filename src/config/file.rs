//! Takes a TOML text apart into one value per key.
//!
//! In: the text of a file, or of the reference. Out: what it gives, each with its line. Unknown names are faults
//! here, values are judged later. A message never quotes the text: it may hold passwords.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Origin;
use super::fault::Fault;
use super::key::{self, Keys};
use super::source::Given;
use super::value::Value;

/// What `text` gives; nothing where it is no TOML, since half a file would only raise wrong complaints.
pub(super) fn parse(
    text: &str,
    origin: &dyn Fn(Option<usize>) -> Origin,
    keys: &Keys,
    faults: &mut Vec<Fault>,
) -> Vec<Given> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        faults.extend(errors.iter().map(|error| {
            let line = error.span().map(|span| line_at(text, span.start));
            Fault::of_source(origin(line), format!("no valid TOML: {}", error.message()))
        }));
        return Vec::new();
    }
    let mut walk = Walk {
        origin: &|at| origin(Some(line_at(text, at))),
        keys,
        given: Vec::new(),
        faults,
    };
    walk.table("", table.get_ref());
    walk.given
}

/// The settings for librdkafka in one inline table, as in `{ "client.id" = "a" }`.
pub(super) fn parse_properties(text: &str, origin: &Origin, keys: &Keys, faults: &mut Vec<Fault>) -> Vec<Given> {
    let parsed = DeValue::parse(text);
    let Some(table) = parsed.as_ref().ok().and_then(|it| it.get_ref().as_table()) else {
        faults.push(Fault::of_key(key::PROPERTIES, origin.clone(), NO_TABLE));
        return Vec::new();
    };
    let mut walk = Walk {
        origin: &|_| origin.clone(),
        keys,
        given: Vec::new(),
        faults,
    };
    walk.properties(key::PROPERTIES, table);
    walk.given
}

const NO_TABLE: &str = r#"expected a table such as { "client.id" = "a" }"#;

fn line_at(text: &str, position: usize) -> usize {
    1 + text.bytes().take(position).filter(|byte| *byte == b'\n').count()
}

struct Walk<'a> {
    /// From a byte position.
    origin: &'a dyn Fn(usize) -> Origin,
    keys: &'a Keys,
    given: Vec<Given>,
    faults: &'a mut Vec<Fault>,
}

impl Walk<'_> {
    fn table(&mut self, section: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let at = name.span().start;
            let path = match section {
                "" => name.get_ref().clone().into_owned(),
                _ => format!("{section}.{}", name.get_ref()),
            };
            let inner = value.get_ref().as_table();
            match inner {
                Some(inner) if path == key::PROPERTIES => self.properties(&path, inner),
                None if path == key::PROPERTIES => self.fault(&path, at, NO_TABLE),
                Some(inner) if section.is_empty() && self.keys.is_section(&path) => {
                    self.table(&path, inner);
                }
                Some(_) if section.is_empty() && !self.keys.contains(&path) => {
                    let nearest = self.keys.nearest_section(&path);
                    let message = format!("unknown section; the nearest is {nearest}");
                    self.fault(&path, at, &message);
                }
                _ if self.keys.contains(&path) => self.take(path, at, value),
                _ if self.keys.is_section(&path) => {
                    self.fault(&path, at, &format!("is a section: write [{path}]"));
                }
                _ => {
                    let message = format!("unknown setting; the nearest is {}", self.keys.nearest(&path));
                    self.fault(&path, at, &message);
                }
            }
        }
    }

    /// Dotted names come as nested tables and quoted ones as one name; both are the same setting.
    fn properties(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let at = name.span().start;
            let path = format!("{prefix}.{}", name.get_ref());
            match value.get_ref().as_table() {
                Some(inner) => self.properties(&path, inner),
                None => self.take(path, at, value),
            }
        }
    }

    fn take(&mut self, key: String, at: usize, value: &Spanned<DeValue<'_>>) {
        match Value::of_toml(value.get_ref()) {
            Ok(value) => self.given.push(Given {
                key,
                value,
                origin: (self.origin)(at),
            }),
            Err(message) => self.fault(&key, at, &message),
        }
    }

    fn fault(&mut self, key: &str, at: usize, message: &str) {
        self.faults.push(Fault::of_key(key, (self.origin)(at), message));
    }
}
