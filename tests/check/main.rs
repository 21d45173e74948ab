//! `check` as an operator runs it, on real services: what it says of a right set-up, and of each wrong one.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why"
)]

mod access;
#[path = "../support/database.rs"]
mod database;
mod log;
mod place;
mod report;
mod statements;
mod tables;
