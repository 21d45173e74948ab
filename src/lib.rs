//! audiohm-ingest

pub mod config;
