//! The fields of the event table: a slot for each, and the event that they make once its kind is known.

use super::id::{PlayId, TrackId, UserId};
use super::json::Members;
use super::slot::Slot;
use super::time::{Bounds, Timestamp};
use super::{Event, Like, Play, Reason, Rejection, Unlike};
use std::ops::RangeInclusive;
use uuid::Uuid;

/// A day: longer than any track, and what a stuck clock would exceed.
const PLAYED_FOR: RangeInclusive<i32> = 0..=86_400;
/// Width of `listening_history.source`.
const MAX_SOURCE: usize = 50;
/// Longest notes, by the event table.
const MAX_NOTES: usize = 1_000;

/// Every field that some kind knows. What a kind does not know is collected, and never looked at.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    pub(super) kind: Slot<'a>,
    pub(super) event_id: Slot<'a>,
    user_id: Slot<'a>,
    track_id: Slot<'a>,
    played_at: Slot<'a>,
    occurred_at: Slot<'a>,
    played_for: Slot<'a>,
    completed: Slot<'a>,
    source: Slot<'a>,
    notes: Slot<'a>,
    version: Slot<'a>,
}

impl<'a> Members<'a> for Fields<'a> {
    fn slot(&mut self, name: &str) -> Option<&mut Slot<'a>> {
        Some(match name {
            "type" => &mut self.kind,
            "event_id" => &mut self.event_id,
            "user_id" => &mut self.user_id,
            "track_id" => &mut self.track_id,
            "played_at" => &mut self.played_at,
            "occurred_at" => &mut self.occurred_at,
            "played_for" => &mut self.played_for,
            "completed" => &mut self.completed,
            "source" => &mut self.source,
            "notes" => &mut self.notes,
            "version" => &mut self.version,
            _ => return None,
        })
    }
}

/// What the fields are judged against, beyond themselves.
#[derive(Copy, Clone, Debug)]
pub(super) struct Terms<'a> {
    /// The event's id, if it brings one.
    pub(super) id: Option<Uuid>,
    /// The time of an event whose data has none.
    pub(super) default_time: Slot<'a>,
    /// Where times may lie.
    pub(super) bounds: Bounds,
}

impl Fields<'_> {
    /// No field is there.
    pub(super) const fn absent() -> Self {
        Self {
            kind: Slot::absent("type"),
            event_id: Slot::absent("event_id"),
            user_id: Slot::absent("user_id"),
            track_id: Slot::absent("track_id"),
            played_at: Slot::absent("played_at"),
            occurred_at: Slot::absent("occurred_at"),
            played_for: Slot::absent("played_for"),
            completed: Slot::absent("completed"),
            source: Slot::absent("source"),
            notes: Slot::absent("notes"),
            version: Slot::absent("version"),
        }
    }

    /// Judges `version`: absent or 1.
    pub(super) fn version(&self) -> Result<(), Rejection> {
        match self.version.number()? {
            None | Some(1) => Ok(()),
            Some(_) => Err(self.version.fault(Reason::UnsupportedVersion, "only version 1 is read")),
        }
    }

    /// Judges the fields of a play in the table's order.
    pub(super) fn play(&self, terms: &Terms<'_>) -> Result<Event, Rejection> {
        let (user_id, track_id) = self.parents()?;
        let played_at = time(&self.played_at, terms)?;
        Ok(Event::Play(Play {
            id: match terms.id {
                Some(id) => PlayId(id),
                None => PlayId::derived(user_id, track_id, played_at),
            },
            user_id,
            track_id,
            played_at,
            played_for: self.played_for.whole(&PLAYED_FOR)?.unwrap_or(0),
            completed: self.completed.flag()?.unwrap_or(false),
            source: self.source.short_text(MAX_SOURCE)?,
        }))
    }

    /// Judges the fields of a like in the table's order.
    pub(super) fn like(&self, terms: &Terms<'_>) -> Result<Event, Rejection> {
        let (user_id, track_id) = self.parents()?;
        Ok(Event::Like(Like {
            user_id,
            track_id,
            liked_at: time(&self.occurred_at, terms)?,
            notes: self.notes.short_text(MAX_NOTES)?,
        }))
    }

    /// Judges the fields of an unlike in the table's order.
    pub(super) fn unlike(&self, terms: &Terms<'_>) -> Result<Event, Rejection> {
        let (user_id, track_id) = self.parents()?;
        Ok(Event::Unlike(Unlike {
            user_id,
            track_id,
            unliked_at: time(&self.occurred_at, terms)?,
        }))
    }

    fn parents(&self) -> Result<(UserId, TrackId), Rejection> {
        let user_id = UserId(self.user_id.required(Slot::uuid)?);
        Ok((user_id, TrackId(self.track_id.required(Slot::uuid)?)))
    }
}

/// The time of the field, else the default one, which is not looked at where the field is there.
fn time(field: &Slot<'_>, terms: &Terms<'_>) -> Result<Timestamp, Rejection> {
    match field.time(terms.bounds)? {
        Some(time) => Ok(time),
        None => terms.default_time.time(terms.bounds)?.ok_or_else(|| field.missing()),
    }
}
