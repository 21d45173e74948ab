//! `generate` and `demo` as people start them: the program itself, on real services.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why"
)]

#[path = "../support/database.rs"]
mod database;

mod generating;
mod program;
mod showing;
