//! Whether ledger, positions, dead letters and tables agree with one another and with the log.
//!
//! Enters: the books of a group, the watermarks of its topics, and ranges of offsets. Leaves: differences, the first of
//! them with their coordinates. `books` judges what is stored about the log; `events` reads a range and looks for each
//! event in the tables. It reads, and never writes: not to a table, not a position, not a commit to Kafka.

pub mod books;
mod difference;
mod events;

pub use difference::{Difference, Differences};
pub use events::{AuditError, Compared, compare};
