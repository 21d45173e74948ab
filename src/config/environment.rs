//! Reads `INGEST__SECTION__KEY`, `INGEST__KAFKA__PROPERTIES__NAME` and the `_FILE` form of both.
//!
//! In: variables, of the process or of an env file. Out: what they give. A variable with our prefix that names
//! nothing is a fault: a misspelt setting must not be passed over.

use std::ffi::OsStr;

use super::Origin;
use super::fault::Fault;
use super::file;
use super::kafka::properties;
use super::key::{self, Keys};
use super::source::Given;
use super::value::Value;

/// Every variable that begins with this is ours.
pub(super) const PREFIX: &str = "INGEST__";
const PROPERTIES_PREFIX: &str = "INGEST__KAFKA__PROPERTIES__";
const FILE_SUFFIX: &str = "_FILE";

/// One variable, wherever it is set.
pub(super) struct Variable {
    pub(super) name: String,
    /// Or why it has none that can be used.
    pub(super) value: Result<String, String>,
    pub(super) origin: Origin,
}

impl Variable {
    /// Of the process environment, where names and values may be any bytes.
    pub(super) fn of_process(name: &OsStr, value: &OsStr) -> Self {
        let name = name.to_string_lossy().into_owned();
        Self {
            value: value
                .to_str()
                .map(str::to_owned)
                .ok_or_else(|| "the value is not UTF-8".to_owned()),
            origin: Origin::Environment(name.clone()),
            name,
        }
    }
}

/// What the variables with our prefix give.
pub(super) fn read(variables: &[Variable], keys: &Keys, faults: &mut Vec<Fault>) -> Vec<Given> {
    let mut layer = Vec::new();
    for variable in variables {
        if !variable.name.starts_with(PREFIX) {
            continue;
        }
        let Some(target) = Target::of(&variable.name, keys) else {
            let nearest = nearest(&variable.name, keys);
            let message = format!("unknown setting; the nearest is {nearest}");
            faults.push(Fault::of_source(variable.origin.clone(), message));
            continue;
        };
        let value = variable.value.clone().and_then(|value| {
            if target.from_file {
                content_of(&value)
            } else {
                Ok(value)
            }
        });
        let origin = variable.origin.clone();
        match value {
            Ok(text) if target.key == key::PROPERTIES => {
                layer.extend(file::parse_properties(&text, &origin, keys, faults));
            }
            Ok(text) => layer.push(Given {
                key: target.key,
                value: Value::Text(text),
                origin,
            }),
            Err(message) => faults.push(Fault::of_key(&target.key, origin, message)),
        }
    }
    layer
}

/// A secret is usually mounted with one line feed at its end that is not part of it.
fn content_of(path: &str) -> Result<String, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text.strip_suffix('\n').map(str::to_owned).unwrap_or(text)),
        Err(error) => Err(format!("the file {path} cannot be read: {error}")),
    }
}

/// What a variable's name means.
struct Target {
    key: String,
    from_file: bool,
}

impl Target {
    /// The name as it stands goes first: some of librdkafka's settings end in `.file` themselves.
    fn of(name: &str, keys: &Keys) -> Option<Self> {
        if let Some(key) = key_of(name, keys) {
            return Some(Self { key, from_file: false });
        }
        let key = key_of(name.strip_suffix(FILE_SUFFIX)?, keys)?;
        Some(Self { key, from_file: true })
    }
}

fn key_of(name: &str, keys: &Keys) -> Option<String> {
    if let Some(property) = name.strip_prefix(PROPERTIES_PREFIX) {
        let known = properties::known().find(|known| variable_part(known) == property)?;
        return Some(format!("{}.{known}", key::PROPERTIES));
    }
    keys.iter().find(|key| variable_name(key) == name).map(str::to_owned)
}

/// The variable that sets a key: `INGEST__BATCH__MAX_ROWS`.
fn variable_name(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

/// The last part of the variable that sets a librdkafka setting: `SASL_PASSWORD`.
fn variable_part(property: &str) -> String {
    property.replace('.', "_").to_ascii_uppercase()
}

/// The variable that `name` was probably meant to be.
fn nearest(name: &str, keys: &Keys) -> String {
    let (stem, suffix) = match name.strip_suffix(FILE_SUFFIX) {
        Some(stem) => (stem, FILE_SUFFIX),
        None => (name, ""),
    };
    let names: Vec<String> = if stem.starts_with(PROPERTIES_PREFIX) {
        properties::known()
            .map(|known| format!("{PROPERTIES_PREFIX}{}", variable_part(known)))
            .collect()
    } else {
        keys.iter().map(variable_name).collect()
    };
    let nearest = key::closest(&stem.to_ascii_uppercase(), names.iter().map(String::as_str));
    format!("{}{suffix}", nearest.unwrap_or_default())
}
