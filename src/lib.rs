//! audiohm-ingest takes play, like and unlike events from Kafka in batches and keeps two PostgreSQL tables right.

pub mod admin;
pub mod batch;
pub mod command;
pub mod config;
pub mod event;
pub mod generate;
pub mod kafka;
pub mod pipeline;
pub mod position;
pub mod record;
pub mod store;
pub mod telemetry;
