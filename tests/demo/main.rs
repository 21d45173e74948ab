//! `generate` and `demo` as people start them: the program itself, on real services.

#[path = "../support/database.rs"]
mod database;

mod generating;
mod program;
mod showing;
