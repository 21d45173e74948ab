//! `[parents]`: events whose user or track does not exist yet.

use std::time::Duration;

use super::reader::Reader;

/// How such events wait.
#[derive(Debug, Clone)]
pub struct Parents {
    /// How long an event waits at most.
    pub patience: Duration,
    /// Time until the first retry.
    pub retry_interval: Duration,
    /// What becomes of it then.
    pub after_patience: AfterPatience,
}

/// State of a dead letter whose patience has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterPatience {
    /// Someone should look at it.
    Open,
    /// It needs nothing more.
    Discard,
}

impl Parents {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let waiting = Duration::ZERO..=Duration::from_hours(3650 * 24);
        let patience = reader.read("parents.patience", |it| it.duration(&waiting));
        // the distances between retries grow to five minutes at most, so the first cannot be longer
        let first = Duration::from_millis(10)..=Duration::from_mins(5);
        let retry_interval = reader.read("parents.retry_interval", |it| it.duration(&first));
        let after_patience = reader.read("parents.after_patience", |it| {
            it.choice(&[("open", AfterPatience::Open), ("discard", AfterPatience::Discard)])
        });
        Some(Self {
            patience: patience?,
            retry_interval: retry_interval?,
            after_patience: after_patience?,
        })
    }
}
