//! Where results go.

use std::io::{self, Stdout, Write};

/// Stdout. A reader that has seen enough and left, as `head` and `less` do, is no failure: what comes after goes nowhere,
/// and the command does the rest of its work and ends with the exit code of that.
#[derive(Debug)]
pub(super) struct Output(Stdout);

/// Where results go.
pub(super) fn output() -> Output {
    Output(io::stdout())
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        unless_left(self.0.write(bytes), bytes.len())
    }

    // not piece by piece: a disk that fills up is told only to who writes all at once
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        unless_left(self.0.write_all(bytes), ())
    }

    fn flush(&mut self) -> io::Result<()> {
        unless_left(self.0.flush(), ())
    }
}

fn unless_left<T>(done: io::Result<T>, as_if: T) -> io::Result<T> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(as_if),
        done => done,
    }
}
