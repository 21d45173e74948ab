//! audiohm-ingest takes play, like and unlike events from Kafka in batches and keeps two PostgreSQL tables right.
//!
//! What a record goes through, and in which room:
//!
//! ```text
//! Kafka ──▶ Chunk of Records ──▶ Event │ Rejection ──▶ OpenBatch ──▶ SealedBatch ──▶ Written ──▶ hint to Kafka
//!   kafka        record               event              batch         batch   │     pipeline       kafka
//!                                                                              │
//!                                  store: one transaction of likes, plays, dead letters, position with ledger
//! ```
//!
//! `pipeline` moves it from stage to stage, and a stage can be made only from the one before it. In the order of that
//! path:
//!
//! - [`position`]: where a record stands, and who may store it
//! - [`record`]: a record as it came from the log
//! - [`kafka`]: the log; polls, rebalances, looks up
//! - [`event`]: what a record is; bytes in, event or rejection out
//! - [`batch`]: folding, and the account of every record
//! - [`pipeline`]: the state machine between log and database, and what it needs of both
//! - [`store`]: PostgreSQL; the write, positions, dead letters, migrations
//!
//! Around it:
//!
//! - [`config`]: the settings, checked
//! - [`telemetry`]: what operators are told: log lines, metrics, the status board
//! - [`admin`]: health, metrics and the status page over HTTP
//! - [`replay`]: a range of the log once more, beside the live group
//! - [`audit`]: whether ledger, positions, letters and tables agree with the log
//! - [`generate`]: made-up events to try it with
//! - `failpoint`: where tests make the worker fail; does nothing in a usual build
//! - [`command`]: the subcommands, and the only place where the rooms are put together
//!
//! `docs/architecture.md` says why it is built so.

pub mod admin;
pub mod audit;
pub mod batch;
pub mod command;
pub mod config;
pub mod event;
mod failpoint;
pub mod generate;
pub mod kafka;
pub mod pipeline;
pub mod position;
pub mod record;
pub mod replay;
pub mod store;
pub mod telemetry;
