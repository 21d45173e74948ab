//! PostgreSQL: the only user of sqlx. One transaction a batch, positions and epochs, dead letters, migrations.

pub mod check;
pub mod connection;
pub mod error;
mod lane;
pub mod letters;
pub mod migrations;
mod positions;
pub mod schema;
pub mod write;

pub use lane::PgLane;
pub use positions::PgStore;
pub use sqlx::postgres::PgConnectOptions;
pub use sqlx::{Error as StoreError, PgConnection};
