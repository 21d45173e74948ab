//! CloudEvents 1.0: whether a record is one, and its attributes, from the members of the value or from headers.

use super::decode::Header;
use super::json::Members;
use super::rejection::quoted;
use super::slot::Slot;
use super::{Reason, Rejection, id};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;
use uuid::Uuid;

/// The version of the specification that is read.
const SPECVERSION: &str = "1.0";

/// Where the parts of an event are.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// No envelope: the value is the event.
    Plain,
    /// The value is the envelope, and the event is in its `data`.
    Structured,
    /// The envelope is in the headers, and the value is the event.
    Binary,
}

impl Mode {
    /// By the headers alone. A content type of CloudEvents goes before `ce_specversion`.
    pub(super) fn of(headers: &[Header<'_>]) -> Self {
        if headers.iter().any(|header| is_cloud_events(header)) {
            Self::Structured
        } else if headers
            .iter()
            .any(|header| header.name == "ce_specversion" && header.value.is_some())
        {
            Self::Binary
        } else {
            Self::Plain
        }
    }
}

/// Letter case counts in neither the name nor the value of a content type.
fn is_cloud_events(header: &Header<'_>) -> bool {
    const MEDIA_TYPE: &[u8] = b"application/cloudevents";
    let starts = |value: &[u8]| {
        value
            .get(..MEDIA_TYPE.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(MEDIA_TYPE))
    };
    header.name.eq_ignore_ascii_case("content-type") && header.value.is_some_and(starts)
}

/// The attributes that matter here. Others are extensions, and not looked at.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    pub(super) kind: Slot<'a>,
    pub(super) time: Slot<'a>,
    specversion: Slot<'a>,
    id: Slot<'a>,
    source: Slot<'a>,
    data: Slot<'a>,
    data_base64: Slot<'a>,
}

impl<'a> Members<'a> for Envelope<'a> {
    fn slot(&mut self, name: &str) -> Option<&mut Slot<'a>> {
        Some(match name {
            "type" => &mut self.kind,
            "time" => &mut self.time,
            "specversion" => &mut self.specversion,
            "id" => &mut self.id,
            "source" => &mut self.source,
            "data" => &mut self.data,
            "data_base64" => &mut self.data_base64,
            _ => return None,
        })
    }
}

impl<'a> Envelope<'a> {
    /// The envelope of a structured event, to be filled from the value.
    pub(super) const fn structured() -> Self {
        Self {
            kind: Slot::absent("type"),
            time: Slot::absent("time"),
            specversion: Slot::absent("specversion"),
            id: Slot::absent("id"),
            source: Slot::absent("source"),
            data: Slot::absent("data"),
            data_base64: Slot::absent("data_base64"),
        }
    }

    /// The envelope of a binary event.
    pub(super) fn of_headers(headers: &[Header<'a>]) -> Self {
        let mut envelope = Self {
            kind: Slot::absent("ce_type"),
            time: Slot::absent("ce_time"),
            specversion: Slot::absent("ce_specversion"),
            id: Slot::absent("ce_id"),
            source: Slot::absent("ce_source"),
            ..Self::structured()
        };
        for header in headers {
            let slot = header.name.strip_prefix("ce_").and_then(|name| envelope.slot(name));
            if let (Some(slot), Some(value)) = (slot, header.value) {
                slot.put_header(value);
            }
        }
        envelope
    }

    /// Judges `specversion`: required, and 1.0.
    pub(super) fn specversion(&self) -> Result<(), Rejection> {
        self.specversion.required(|slot| {
            slot.map_text(|text| match text {
                SPECVERSION => Ok(()),
                other => {
                    let what = format_args!("{} is not {SPECVERSION}", quoted(other)).to_string();
                    Err(slot.fault(Reason::UnsupportedVersion, what))
                }
            })
        })
    }

    /// Judges `id` and `source`, which together name the event.
    pub(super) fn event_id(&self) -> Result<Uuid, Rejection> {
        let id = self.id.required(Slot::clean_text)?;
        let source = self.source.required(Slot::clean_text)?;
        Ok(id::of_cloud_event(&source, &id))
    }

    /// The JSON text that holds the fields of a structured event. An envelope without data has no fields.
    pub(super) fn data(&self) -> Result<Cow<'a, [u8]>, Rejection> {
        let object = self.data.object()?;
        let encoded = self.data_base64.text()?;
        match (object, encoded) {
            (Some(_), Some(_)) => Err(self.data_base64.invalid("given beside data")),
            (Some(json), None) => Ok(Cow::Borrowed(json.as_bytes())),
            (None, Some(encoded)) => STANDARD
                .decode(encoded.as_bytes())
                .map(Cow::Owned)
                .map_err(|error| self.data_base64.invalid(error)),
            (None, None) => Ok(Cow::Borrowed(b"{}")),
        }
    }
}
