//! A replay as its row in the store tells, so that a live worker shows it wherever it runs.

use serde::Serialize;

/// A replay that is not over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplayStatus {
    /// Its name.
    pub name: String,
    /// `running`, `paused` or `failed`.
    pub state: String,
    /// Records of its range that it has not read yet.
    pub remaining_records: i64,
}

impl ReplayStatus {
    /// Whether it takes its share of the database now.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.state == "running"
    }
}
