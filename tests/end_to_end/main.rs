//! The whole program as users run it: child processes of the built binary against real Kafka and real PostgreSQL.
//!
//! Each test has its own topics, consumer group and database. What the tables must hold is said by the plain
//! reference that the tests of the tables use, from the list of what was sent.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why"
)]

mod absence;
mod anew;
mod audit;
mod backend;
#[path = "../support/database.rs"]
mod database;
mod floods;
mod group;
mod halts;
#[path = "../support/harness/mod.rs"]
#[allow(dead_code, unused_imports, reason = "other suites need more of it")]
mod harness;
mod hostile;
mod ledger;
mod markers;
mod metrics;
mod mixed;
mod notify;
mod parents;
mod positions;
mod producer;
#[path = "../support/proxy.rs"]
#[expect(dead_code, reason = "other suites need more of it")]
mod proxy;
#[path = "../tables/reference.rs"]
mod reference;
mod refusals;
mod replay;
mod roles;
mod second_ingestion;
mod service;
