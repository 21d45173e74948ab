//! The Kafka room against a real broker, whose address is in `INGEST_TEST_KAFKA` (`scripts/test` sets it).
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod group;
mod lookups;
mod outage;
mod positions;
mod pressure;
mod producing;
mod ranges;
mod records;
mod support;
mod wire;
