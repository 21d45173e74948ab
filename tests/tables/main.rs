//! What the tables hold: the contract's rules as a reference, held against memory and against real PostgreSQL.
//!
//! Random cases count from seed 1; `INGEST_TEST_SEED` begins elsewhere.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why"
)]

#[path = "../support/database.rs"]
#[expect(dead_code, reason = "other suites need more of it")]
mod database;
#[path = "../support/proxy.rs"]
#[expect(dead_code, reason = "other suites need more of it")]
mod proxy;

mod batched;
mod bed;
mod beside;
mod bytes;
mod conflicts;
mod letter;
mod likes;
mod log;
mod memory;
mod orphans;
mod ownership;
mod property;
mod random;
mod reference;
mod refusals;
mod sample;
mod sqlstates;
mod twice;
