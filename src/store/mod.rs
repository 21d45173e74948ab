//! PostgreSQL: the only user of sqlx. One transaction a batch, positions and epochs, dead letters, migrations.

pub mod check;
pub mod connection;
pub mod demo;
pub mod error;
mod lane;
pub mod letters;
pub mod migrations;
mod parent_ids;
mod positions;
pub mod schema;
pub mod write;

pub use lane::PgLane;
pub use parent_ids::{ParentIds, parent_ids};
pub use positions::PgStore;
pub use sqlx::postgres::PgConnectOptions;
pub use sqlx::{Error as StoreError, PgConnection};
