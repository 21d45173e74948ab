//! `dead-letters` as a user runs it: the built program on a database with letters in it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::panic,
    reason = "a test fails by panicking, and says why"
)]

#[path = "../support/database.rs"]
mod database;
mod desk;
mod howto;
mod looking;
mod purging;
mod working;
