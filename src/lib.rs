//! audiohm-ingest takes play, like and unlike events from Kafka in batches and keeps two PostgreSQL tables right.

pub mod command;
pub mod pipeline;
pub mod position;
pub mod record;
pub mod store;
