//! What a record says an event is, before its fields are read: the kind, the versions and the id.
//!
//! Nothing is decided here: which fault comes first is known only when all of them are.

use super::envelope::Envelope;
use super::fields::Fields;
use super::rejection::quoted;
use super::slot::Slot;
use super::{Kind, Reason, Rejection};
use uuid::Uuid;

/// The three kinds that a record can be of.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Play,
    Like,
    Unlike,
}

impl Known {
    fn named(name: &str) -> Option<Self> {
        match name {
            "play" => Some(Self::Play),
            "like" => Some(Self::Like),
            "unlike" => Some(Self::Unlike),
            _ => None,
        }
    }
}

impl From<Known> for Kind {
    fn from(known: Known) -> Self {
        match known {
            Known::Play => Self::Play,
            Known::Like => Self::Like,
            Known::Unlike => Self::Unlike,
        }
    }
}

/// Each part of it judged for itself.
#[derive(Debug)]
pub(super) struct Heading<'a> {
    pub(super) kind: Result<Known, Rejection>,
    pub(super) specversion: Result<(), Rejection>,
    pub(super) id: Result<Option<Uuid>, Rejection>,
    pub(super) default_time: Slot<'a>,
}

impl<'a> Heading<'a> {
    /// Of an event without an envelope.
    pub(super) fn plain(fields: &Fields<'_>) -> Self {
        Self {
            kind: fields
                .kind
                .required(|slot| slot.map_text(|name| plain_kind(slot, name))),
            specversion: Ok(()),
            id: fields.event_id.uuid(),
            default_time: Slot::absent("time"),
        }
    }

    /// Of an event in a CloudEvents envelope. A fault of its data is judged where the fields begin, behind the id.
    pub(super) fn enveloped(envelope: &Envelope<'a>, data: Result<(), Rejection>) -> Self {
        Self {
            kind: envelope
                .kind
                .required(|slot| slot.map_text(|name| enveloped_kind(slot, name))),
            specversion: envelope.specversion(),
            id: envelope.event_id().and_then(|id| data.map(|()| Some(id))),
            default_time: envelope.time,
        }
    }
}

fn plain_kind(slot: &Slot<'_>, name: &str) -> Result<Known, Rejection> {
    Known::named(name).ok_or_else(|| unknown_type(slot, name, "play, like, unlike"))
}

/// `com.audiohm.KIND.v1`. Another version is whatever begins with a digit behind the `v`.
fn enveloped_kind(slot: &Slot<'_>, name: &str) -> Result<Known, Rejection> {
    let known = name
        .strip_prefix("com.audiohm.")
        .and_then(|name| name.split_once(".v"))
        .and_then(|(kind, version)| Some((Known::named(kind)?, version)));
    match known {
        Some((known, "1")) => Ok(known),
        Some((known, version)) if version.starts_with(|first: char| first.is_ascii_digit()) => {
            let what = format_args!("{} is not of version 1", quoted(name)).to_string();
            Err(slot.fault(Reason::UnsupportedVersion, what).of_kind(known.into()))
        }
        _ => Err(unknown_type(
            slot,
            name,
            "com.audiohm.play.v1, com.audiohm.like.v1, com.audiohm.unlike.v1",
        )),
    }
}

fn unknown_type(slot: &Slot<'_>, name: &str, known: &str) -> Rejection {
    slot.fault(Reason::UnknownType, format_args!("{} is none of {known}", quoted(name)))
}
