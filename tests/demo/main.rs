//! `generate` and `demo` as people start them: the program itself, on real services.
#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and says on stderr what it left"
)]

#[path = "../support/database.rs"]
mod database;

mod generating;
mod program;
mod showing;
