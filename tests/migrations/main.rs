//! Migrations on real PostgreSQL: each test has a database of its own.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why"
)]

mod adoption;
mod alembic;
mod catalog;
mod command;
#[path = "../support/database.rs"]
mod database;
mod differences;
mod down;
mod parent_locks;
mod up_and_down;
mod version;
