//! `kafka.properties`: librdkafka's own settings, passed through.
//!
//! The names are librdkafka's, as its version in `Cargo.lock` documents them; the client judges the values, each
//! by itself. The settings that the guarantee rests on are refused, under every name they have.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::super::Judge;
use super::super::key::closest;
use super::super::reader::Reader;
use super::super::value::Value;

/// One name per line, sorted.
const NAMES: &str = include_str!("librdkafka.txt");

const POSITIONS: &str = "the position is stored in PostgreSQL together with the rows, and only there";
const START: &str =
    "a position that Kafka no longer holds must be noticed; see kafka.initial_position and kafka.on_gap";
const HANDOVER: &str = "partitions are handed over in one way only, so that no record is lost or stored by two workers";

/// Settings that are refused, each with the reason.
const REFUSED: [(&str, &str); 14] = [
    ("allow.auto.create.topics", "a missing topic must be noticed, not made"),
    ("auto.commit.enable", POSITIONS),
    ("auto.offset.reset", START),
    ("bootstrap.servers", "set kafka.brokers"),
    ("enable.auto.commit", POSITIONS),
    ("enable.auto.offset.store", POSITIONS),
    (
        "enable.partition.eof",
        "the program decides itself when a partition is read to its end",
    ),
    ("group.id", "set kafka.group_id"),
    ("group.protocol", HANDOVER),
    (
        "isolation.level",
        "records of aborted transactions must never be stored",
    ),
    ("metadata.broker.list", "set kafka.brokers"),
    ("offset.store.method", POSITIONS),
    ("partition.assignment.strategy", HANDOVER),
    (
        "plugin.library.paths",
        "a plugin could change any of the settings that are refused here",
    ),
];

/// All names, those that are refused included.
pub(in super::super) fn known() -> impl Iterator<Item = &'static str> {
    NAMES.lines()
}

fn is_known(name: &str) -> bool {
    known().any(|known| known == name)
}

/// Whether the value is left out of everything that is printed: rather one too many than one too few.
pub(in super::super) fn is_secret(name: &str) -> bool {
    let marks = ["password", "passphrase", "secret", "token", "pem"];
    let mechanism = name == "sasl.mechanism" || name == "sasl.mechanisms";
    let private = name.starts_with("sasl.") || name.starts_with("ssl.key.");
    (private && !mechanism) || marks.iter().any(|mark| name.contains(mark))
}

/// Those that are given and may be; complaints about the others go to the reader.
pub(super) fn read(reader: &mut Reader, judge: Judge) -> BTreeMap<String, SecretString> {
    let mut properties = BTreeMap::new();
    for name in reader.properties() {
        if let Some(value) = reader.property(&name, |value| check(&name, value, judge)) {
            properties.insert(name, value);
        }
    }
    properties
}

fn check(name: &str, value: &Value, judge: Judge) -> Result<SecretString, String> {
    if let Some((_, reason)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
        return Err(format!("cannot be set: {reason}"));
    }
    if !is_known(name) {
        let nearest = closest(name, known()).unwrap_or_default();
        return Err(format!("librdkafka has no such setting; the nearest is {nearest}"));
    }
    // no message here may show the value of a secret
    let text = match value {
        Value::Text(text) => text.clone(),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => value.to_string(),
        Value::List(_) | Value::Table | Value::Time => {
            return Err("expected a text, a number, true or false".to_owned());
        }
    };
    if text.contains('\0') {
        return Err("has a NUL character".to_owned());
    }
    match judge(name, &text) {
        Ok(()) => Ok(text.into()),
        // the client may quote the value, unless it knows the setting and was built without it
        Err(why) if is_secret(name) && !why.contains("not supported in this build") => {
            Err("librdkafka does not take this value".to_owned())
        }
        Err(why) => Err(format!("librdkafka does not take this value: {why}")),
    }
}
