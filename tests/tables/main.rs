//! What the tables hold: the contract's rules as a reference, held against memory and against real PostgreSQL.

mod log;
mod memory;
mod random;
mod reference;
