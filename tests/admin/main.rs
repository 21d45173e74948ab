//! The admin port over real sockets, the subcommand that asks it, and the status page in a real browser.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "what the helpers of these tests cannot do is a failed test"
)]

mod answers;
mod browser;
mod page;
mod scenes;
mod worker;
