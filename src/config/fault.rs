//! What is wrong with the settings: one line per mistake, all of them together.

use std::fmt;

use super::Origin;

/// One mistake in the settings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The setting, if the mistake concerns a known place in the settings.
    key: Option<String>,
    /// Where it was made.
    origin: Origin,
    /// What is wrong and what would be right. Never holds a secret.
    message: String,
}

impl Fault {
    /// A mistake in the value or name of `key`.
    pub(super) fn of_key(key: &str, origin: Origin, message: impl Into<String>) -> Self {
        Self {
            key: Some(key.to_owned()),
            origin,
            message: message.into(),
        }
    }

    /// A mistake in a source as such: a file that cannot be read, a variable that names nothing.
    pub(super) fn of_source(origin: Origin, message: impl Into<String>) -> Self {
        Self {
            key: None,
            origin,
            message: message.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(formatter, "{key} ({}): {}", self.origin, self.message),
            None => write!(formatter, "{}: {}", self.origin, self.message),
        }
    }
}

/// All mistakes that were found, sorted by setting; displays as one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Sorts and removes repetitions.
    pub(super) fn new(mut faults: Vec<Fault>) -> Self {
        faults.sort();
        faults.dedup();
        Self(faults)
    }

    /// The mistakes, sorted; at least one.
    #[must_use]
    pub fn list(&self) -> &[Fault] {
        &self.0
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(formatter)?;
            }
            write!(formatter, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
