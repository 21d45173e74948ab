//! The dashboard and the alert rules against a real worker and a real Prometheus, without Grafana.
//!
//! A metric that is spelled wrong is no error to Prometheus: the answer is empty. So every expression is put to one that
//! scrapes a worker, and has to find something.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why"
)]

mod dashboard;
#[path = "../support/database.rs"]
mod database;
#[path = "../support/harness/mod.rs"]
#[allow(dead_code, unused_imports, reason = "other suites need more of it")]
mod harness;
mod look;
mod prometheus;
mod proof;
#[path = "../support/proxy.rs"]
#[expect(dead_code, reason = "other suites need more of it")]
mod proxy;
#[path = "../tables/reference.rs"]
mod reference;
mod selector;
