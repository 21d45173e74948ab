//! Faults of worker, database, broker and network, one by one and at random, against real Kafka and real PostgreSQL.
//!
//! The workers are built with the feature `failpoints`. Each test prints one line of figures as JSON; `oracle` says
//! from the list of what was acknowledged, and nothing else, what the tables must hold.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why"
)]

#[path = "../support/database.rs"]
mod database;
#[path = "../support/harness/mod.rs"]
#[allow(dead_code, unused_imports, reason = "other suites need more of it")]
mod harness;
#[path = "../support/proxy.rs"]
#[allow(dead_code, reason = "other suites need more of it")]
mod proxy;
#[path = "../tables/reference.rs"]
mod reference;

mod broker;
mod certificates;
mod chaos;
mod commits;
mod corrupt;
mod deadlocks;
mod failpoints;
mod frozen;
mod kills;
mod memory;
mod nemesis;
mod nobody;
mod oracle;
mod postgres;
mod sender;
mod stopping;
mod storm;
mod tmpfs;
mod trial;
mod world;
