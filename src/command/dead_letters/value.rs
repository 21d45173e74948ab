//! The value of a record for a person: its members one a line with the offending one marked, text, or bytes.

use super::printable;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::io::{self, Write};

/// More of a value than this helps nobody on a screen.
const ENOUGH: usize = 4096;

/// The members of an object as they came: in their order, doubled ones too.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry::<String, &'de RawValue>()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// Prints the value; a member named `field` is marked.
pub(super) fn print(out: &mut impl Write, value: &[u8], field: &str, coloured: bool) -> io::Result<()> {
    let mut lines = match std::str::from_utf8(value) {
        Ok(text) => match serde_json::from_str::<Members<'_>>(text) {
            Ok(members) => object(&members, field),
            Err(_) => plain(text),
        },
        Err(_) => bytes(value),
    };
    if !field.is_empty() && lines.iter().all(|(marked, _)| !marked) && is_member(field, &lines) {
        lines.push((true, format!("\"{field}\" is not there")));
    }
    for (marked, line) in lines {
        match (marked, coloured) {
            (true, true) => writeln!(out, "\x1b[1;31m> {line}\x1b[0m")?,
            (true, false) => writeln!(out, "> {line}")?,
            (false, _) => writeln!(out, "  {line}")?,
        }
    }
    Ok(())
}

/// Whether the field could stand in what is printed: `value` is the whole, and text that is no object has no members.
fn is_member(field: &str, lines: &[(bool, String)]) -> bool {
    let is_object = lines.first().is_some_and(|(_, line)| line == "{");
    let is_name = field.chars().all(|it| it.is_ascii_lowercase() || it == '_');
    is_object && is_name && field != "value"
}

type Lines = Vec<(bool, String)>;

fn object(members: &Members<'_>, field: &str) -> Lines {
    let mut lines = vec![(false, "{".to_owned())];
    for (name, value) in &members.0 {
        let inner = (name == "data").then(|| serde_json::from_str::<Members<'_>>(value.get()).ok());
        let name_shown = printable::text(&format!("{name:?}"));
        if let Some(inner) = inner.flatten() {
            lines.push((name == field, format!("  {name_shown}:")));
            let below = object(&inner, field).into_iter();
            lines.extend(below.map(|(marked, line)| (marked, format!("    {line}"))));
        } else {
            lines.push((name == field, format!("  {name_shown}: {}", shortened(value.get()))));
        }
    }
    lines.push((false, "}".to_owned()));
    lines
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(ENOUGH) {
        Some((end, _)) => {
            let more = text.len() - end;
            let begin = text.get(..end).unwrap_or_default();
            format!("{}… ({more} more bytes)", printable::text(begin))
        }
        None => printable::text(text),
    }
}

fn plain(text: &str) -> Lines {
    let lines = shortened(text);
    vec![(false, lines)]
}

fn bytes(value: &[u8]) -> Lines {
    let shown = value.get(..ENOUGH).unwrap_or(value);
    let mut lines: Lines = printable::dump(shown).into_iter().map(|line| (false, line)).collect();
    if shown.len() < value.len() {
        let more = value.len() - shown.len();
        lines.push((false, format!("… {more} more bytes; --format json has them all")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &[u8], field: &str) -> String {
        let mut out = Vec::new();
        print(&mut out, value, field, false).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_offending_member_is_marked_wherever_it_stands() {
        let value = br#"{"type":"play","played_for":-1,"data":{"played_for":2,"x\u001b":"\u001b"}}"#;
        let marked: Vec<_> = shown(value, "played_for")
            .lines()
            .filter(|line| line.starts_with('>'))
            .map(str::to_owned)
            .collect();
        assert_eq!(marked, [r#">   "played_for": -1"#, r#">       "played_for": 2"#]);
        assert!(shown(br#"{"type":"play"}"#, "user_id").ends_with("> \"user_id\" is not there\n"));
    }

    #[test]
    fn what_is_no_object_is_shown_as_text_or_bytes() {
        assert_eq!(shown(b"\x1b[31mno", "value"), "  \\u{1b}[31mno\n");
        assert!(shown(b"\xff\x1b", "value").starts_with("  00000000  ff1b"));
        assert!(shown(&[0xff; 5000], "value").contains("904 more bytes"));
    }
}
