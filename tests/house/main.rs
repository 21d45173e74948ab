//! What holds for the house as a whole: who may name whom, sizes, words, SQL files, and pages that say what the
//! program does.
//!
//! `UPDATE_DOCS=1 cargo test --test house` writes the generated parts of the pages anew; without the variable they
//! are compared.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, in what its functions share too"
)]

mod commands;
mod configuration;
mod deploy;
mod events;
mod layering;
mod links;
mod metrics;
mod names;
mod page;
mod reliability;
mod rights;
mod runbooks;
mod settings;
mod sizes;
mod source;
mod sql;
mod sqlstates;
