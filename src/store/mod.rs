//! PostgreSQL: the only room that knows the driver.
//!
//! Enters: sealed batches, claims of partitions, and the settings of a connection. Leaves: receipts of what is
//! committed, positions, and failures that say what follows from them. `write` is the path of a batch; beside it
//! are `letters` (waiting dead letters become rows), `audit`, `positions`, `replays`, `migrations`, and `schema` (the backend's tables as
//! they have to be). Every statement is a file under `sql/`. It never changes a table of the backend but by rows in
//! the two library tables, and never goes on in a transaction after an error.

pub mod audit;
pub mod check;
pub mod connection;
mod decisions;
pub mod demo;
pub mod error;
pub mod foresight;
mod lane;
pub mod letters;
pub mod migrations;
mod parent_ids;
mod positions;
pub mod replays;
pub mod schema;
pub mod write;

pub use decisions::{Decision, LettersFrom};
pub use lane::PgLane;
pub use parent_ids::{ParentIds, parent_ids};
pub use positions::PgStore;
pub use sqlx::postgres::PgConnectOptions;
pub use sqlx::{Error as StoreError, PgConnection};
