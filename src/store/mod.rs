//! PostgreSQL: everything the worker reads and writes there.

pub mod migrations;
pub mod schema;

pub use sqlx::PgConnection;
pub use sqlx::postgres::PgConnectOptions;
