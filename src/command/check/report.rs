//! Findings as text for people, or as JSON.

use std::io::{self, Write};

use super::finding::Finding;
use crate::command::wrap::column;

/// Of the verdict and the check's name, each with the space after it.
const INDENT: usize = 6 + 16;

/// One line a finding: for files and other programs.
pub(super) fn lines(out: &mut impl Write, findings: &[Finding]) -> io::Result<()> {
    for finding in findings {
        let Finding {
            verdict, check, found, ..
        } = finding;
        write!(out, "{:<6}{:<16}{found}", verdict.as_str(), check.as_str())?;
        if let Some(advice) = &finding.advice {
            write!(out, "; {advice}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The same for a terminal: what was found and what to do stand in a column of their own.
pub(super) fn wrapped(out: &mut impl Write, findings: &[Finding]) -> io::Result<()> {
    for finding in findings {
        write!(out, "{:<6}{:<16}", finding.verdict.as_str(), finding.check.as_str())?;
        column(out, &finding.found, INDENT)?;
        if let Some(advice) = &finding.advice {
            write!(out, "{:INDENT$}-> ", "")?;
            column(out, advice, INDENT + 3)?;
        }
    }
    Ok(())
}

/// A list of objects, each in a line of its own.
pub(super) fn json(out: &mut impl Write, findings: &[Finding]) -> io::Result<()> {
    writeln!(out, "[")?;
    for (index, finding) in findings.iter().enumerate() {
        let object = serde_json::json!({
            "check": finding.check.as_str(),
            "verdict": finding.verdict.as_str(),
            "found": finding.found,
            "advice": finding.advice,
        });
        let comma = if index + 1 < findings.len() { "," } else { "" };
        writeln!(out, "{object}{comma}")?;
    }
    writeln!(out, "]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::check::finding::Check;
    use crate::command::wrap::WIDTH;

    fn printed(print: impl Fn(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        print(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn findings() -> Vec<Finding> {
        let words = "grant select on ".repeat(8);
        vec![
            Finding::ok(Check::Settings, "all\nby default"),
            Finding::fail(Check::Rights, "public.users lacks select (id)", words),
        ]
    }

    #[test]
    fn off_a_terminal_a_finding_is_one_line_with_what_to_do() {
        let text = printed(|out| lines(out, &findings()));
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0], "ok    settings        all by default");
        assert!(lines[1].starts_with("fail  rights          public.users lacks select (id); grant"));
    }

    #[test]
    fn on_a_terminal_no_line_is_wider_than_80_and_the_text_keeps_its_column() {
        let text = printed(|out| wrapped(out, &findings()));
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(text.contains("\n                      -> grant"), "{text}");
        assert!(text.contains("\n                         select"), "{text}");
    }

    #[test]
    fn json_is_a_list_with_an_object_in_each_line() {
        let text = printed(|out| json(out, &findings()));
        let list: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(list[1]["verdict"], "fail");
        assert_eq!(list[1]["check"], "rights");
        assert!(list[0]["advice"].is_null());
        assert_eq!(text.lines().count(), 4);
    }
}
