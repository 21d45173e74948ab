//! JSON in, the members that somebody asked for out: each borrowed from the text, none judged yet.
//!
//! `serde_json` reads the syntax; every value stays raw text, since a number beyond a double must pass in a member that
//! nobody asked for. `strict` looks at what the parser skips.

use super::slot::Slot;
use super::{Reason, Rejection, strict};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;
use std::fmt;

/// The members that are wanted of an object.
pub(super) trait Members<'a> {
    /// Where the member of that name goes; none if it is not wanted.
    fn slot(&mut self, name: &str) -> Option<&mut Slot<'a>>;
}

/// Fills `members` from a text that is one JSON object and nothing else, or rejects it as `invalid_json`.
/// `name` is what the detail calls the text. A schema-registry frame before it is stripped.
pub(super) fn read_object<'a>(bytes: &'a [u8], name: &str, members: &mut impl Members<'a>) -> Result<(), Rejection> {
    let invalid = |what: &dyn fmt::Display| Rejection::of_field(Reason::InvalidJson, name, what);
    let text = std::str::from_utf8(unframed(bytes)).map_err(|error| invalid(&error))?;
    let mut parser = serde_json::Deserializer::from_str(text);
    Collect(members)
        .deserialize(&mut parser)
        .and_then(|()| parser.end())
        .map_err(|error| match error.classify() {
            // the parser's own words on another top level would quote the text
            Category::Data => invalid(&"not a JSON object"),
            _ => invalid(&error),
        })?;
    strict::check(text).map_err(|what| invalid(&what))
}

/// The text without the five bytes that a schema registry's serializer puts before it; no JSON text begins with 0x00.
fn unframed(bytes: &[u8]) -> &[u8] {
    match bytes {
        [0, _, _, _, _, text @ ..] => text,
        _ => bytes,
    }
}

/// Reads an object into its members.
struct Collect<'m, M>(&'m mut M);

impl<'de, M: Members<'de>> DeserializeSeed<'de> for Collect<'_, M> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, M: Members<'de>> Visitor<'de> for Collect<'_, M> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(slot) = map.next_key_seed(Name(&mut *self.0))? {
            match slot {
                Some(slot) => slot.put_json(map.next_value::<&'de RawValue>()?.get()),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Reads a member's name and gives the slot it goes to.
struct Name<'m, M>(&'m mut M);

impl<'m, 'de: 'm, M: Members<'de>> DeserializeSeed<'de> for Name<'m, M> {
    type Value = Option<&'m mut Slot<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'m, 'de: 'm, M: Members<'de>> Visitor<'de> for Name<'m, M> {
    type Value = Option<&'m mut Slot<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.slot(name))
    }
}
