//! The schema's versions: takes a database up and down, and tells where it stands.
//!
//! Enters: a connection, which should serve nothing else, and what is asked for. Leaves: what was done, or the
//! SQL that would do it. Both come from the same [`Plan`], so what is shown is what is executed. A call is one
//! transaction: it lands completely or leaves nothing.
//!
//! It never changes a table of the backend, and drops only what it made.

mod applied;
mod backend;
mod down;
mod embedded;
mod error;
mod history;
mod plan;
mod session;
mod up;
mod version;

pub use self::applied::AppliedMigration;
pub use self::backend::{LibraryTable, Maker};
pub use self::down::{DownOutcome, DownRequest, down, down_script};
pub use self::embedded::KnownMigration;
pub use self::error::MigrateError;
pub use self::history::{HistoryEntry, MigrationState, Status, history, status};
pub use self::plan::Plan;
pub use self::session::connect;
pub use self::up::{LibraryTables, UpOutcome, UpRequest, up, up_script};
pub use self::version::{SchemaVersionError, verify_schema_version};
