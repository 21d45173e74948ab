//! PostgreSQL: the only user of sqlx. One transaction a batch, positions and epochs, dead letters, migrations.

pub mod connection;
pub mod error;
mod lane;
pub mod letters;
mod positions;
pub mod write;

pub use lane::PgLane;
pub use positions::PgStore;
