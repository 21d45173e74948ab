//! What the tables hold: the contract's rules as a reference, held against memory and against real PostgreSQL.

#[path = "../support/database.rs"]
#[expect(dead_code, reason = "other suites need more of it")]
mod database;

mod bed;
mod letter;
mod log;
mod memory;
mod property;
mod random;
mod reference;
