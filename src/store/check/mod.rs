//! What `check` wants to know of the database. Enters: a connection. Leaves: facts, without a verdict.
//!
//! It reads catalogs and settings only. It never changes anything, takes no lock on a table and needs no right
//! beyond being let in.

mod batched;
mod connect;
mod guards;
mod indexes;
mod rights;
mod server;
mod sessions;
mod zones;

pub use batched::{Obstacle, obstacles_to_batched};
pub use connect::{ConnectError, connect};
pub use guards::{ForeignKey, Trigger, foreign_keys, hidden_tables, triggers};
pub use indexes::{RedundantIndex, redundant_indexes};
pub use rights::{LockOwner, Needed, Rights, grants, lock_owners, needed, rights};
pub use server::{Server, clock_ahead, server};
pub use sessions::{Sessions, sessions};
pub use zones::{ServerZone, ZoneOverride, server_zone, zone_overrides};
