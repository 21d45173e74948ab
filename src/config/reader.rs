//! Hands out values key by key and keeps every complaint, so that all faults come together.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::key::{PROPERTIES, property_of};
use super::source::{Gathered, Given};
use super::value::Value;

/// The gathered values, each taken once.
pub(super) struct Reader {
    given: BTreeMap<String, Given>,
    faults: Vec<Fault>,
}

impl Reader {
    pub(super) fn new(gathered: Gathered) -> Self {
        Self {
            given: gathered.given,
            faults: gathered.faults,
        }
    }

    /// The value of `key` as `parse` reads it; `None` when that fails, which is then on the list.
    pub(super) fn read<T>(&mut self, key: &str, parse: impl FnOnce(&Value) -> Result<T, String>) -> Option<T> {
        let Some(given) = self.given.remove(key) else {
            let message = "has no default: config/default.toml lacks it";
            self.faults.push(Fault::of_key(key, super::Origin::Default, message));
            return None;
        };
        match parse(&given.value) {
            Ok(value) => Some(value),
            Err(message) => {
                self.faults.push(Fault::of_key(key, given.origin, message));
                None
            }
        }
    }

    /// The names given below `kafka.properties`.
    pub(super) fn properties(&self) -> Vec<String> {
        let names = self.given.keys().filter_map(|key| property_of(key));
        names.map(str::to_owned).collect()
    }

    /// The value of one of [`properties`](Self::properties).
    pub(super) fn property<T>(&mut self, name: &str, parse: impl FnOnce(&Value) -> Result<T, String>) -> Option<T> {
        self.read(&format!("{PROPERTIES}.{name}"), parse)
    }

    /// The complaints; a key that no section took is one, so that the reference holds no dead key.
    pub(super) fn finish(mut self) -> Vec<Fault> {
        for given in self.given.into_values() {
            let message = "is read by no section of the program";
            self.faults.push(Fault::of_key(&given.key, given.origin, message));
        }
        self.faults
    }
}
