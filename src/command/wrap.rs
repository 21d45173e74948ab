//! Text in a column, for a terminal.

use std::io::{self, IsTerminal, Write};

/// Text is broken here for a terminal; longer lines are harder to read, however wide it is.
pub(super) const WIDTH: usize = 80;

/// The text in lines that begin at `begin`; the first of them has been begun.
pub(super) fn column(out: &mut impl Write, text: &str, begin: usize) -> io::Result<()> {
    let mut used = begin;
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > begin && used + 1 + length > WIDTH {
            write!(out, "\n{:begin$}", "")?;
            used = begin;
        } else if used > begin {
            write!(out, " ")?;
            used += 1;
        }
        write!(out, "{word}")?;
        used += length;
    }
    writeln!(out)
}

/// A remark below a row of a table on stdout.
pub(super) fn remark(out: &mut impl Write, text: &str) -> io::Result<()> {
    write!(out, "             ! ")?;
    tell(out, text, io::stdout().is_terminal().then_some(15))
}

/// The rest of a line; on a terminal, with an indent, broken into several that begin there.
pub(super) fn tell(out: &mut impl Write, text: &str, indent: Option<usize>) -> io::Result<()> {
    match indent {
        Some(indent) => column(out, text, indent),
        None => writeln!(out, "{text}"),
    }
}
