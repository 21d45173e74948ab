//! The effective settings as `config show` prints them: value and origin, secrets left out.

use super::Origin;
use super::database;
use super::kafka::properties;
use super::key::{self, Keys, property_of};
use super::source::{Gathered, Given};
use super::value::Value;

/// Stands where a secret was.
pub(super) const REDACTED: &str = "[redacted]";

/// One effective setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Such as `batch.max_wait` or `kafka.properties.sasl.password`.
    pub key: String,
    /// As it was given, with secrets replaced by `[redacted]`.
    pub value: String,
    /// Where it was given.
    pub origin: Origin,
}

/// All settings in the order of the reference.
pub(super) fn list(gathered: &Gathered, keys: &Keys) -> Vec<Setting> {
    let mut settings = Vec::new();
    for key in keys.iter() {
        if key == key::PROPERTIES {
            settings.extend(properties_of(gathered));
        } else if let Some(given) = gathered.given.get(key) {
            settings.push(setting(given));
        }
    }
    settings
}

fn properties_of(gathered: &Gathered) -> Vec<Setting> {
    let given = gathered.given.values();
    let mut settings: Vec<_> = given
        .filter(|given| property_of(&given.key).is_some())
        .map(setting)
        .collect();
    if settings.is_empty() {
        settings.push(Setting {
            key: key::PROPERTIES.to_owned(),
            value: "{}".to_owned(),
            origin: Origin::Default,
        });
    }
    settings
}

fn setting(given: &Given) -> Setting {
    let value = match (&given.value, property_of(&given.key)) {
        (_, Some(name)) if properties::is_secret(name) => REDACTED.to_owned(),
        (Value::Text(url), None) if given.key == "database.url" => database::redacted(url),
        (value, _) => value.to_string(),
    };
    Setting {
        key: given.key.clone(),
        value,
        origin: given.origin.clone(),
    }
}
