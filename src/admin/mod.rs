//! The admin port: health, metrics and a status page over HTTP.
//!
//! Enters: requests, and what [`telemetry`](crate::telemetry) knows. Leaves: answers made from one
//! look at the board; no answer waits for the broker or the database, and none changes anything.
//! There is no authentication: the port belongs on a loopback or a cluster's inside.

mod answer;
mod page;
mod server;
mod words;

pub use server::{AdminError, Server};

#[cfg(test)]
mod tests;
