//! The reference goes through all events for each row. Events that have nothing to do with each other are therefore
//! judged apart: plays by their ids, likes and unlikes by their users.

use crate::reference::Tables;
use audiohm_ingest::event::Event;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Some of the events, and the rows that they may have made.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) events: Vec<Event>,
    pub(crate) tables: Tables,
}

pub(crate) fn parts(events: impl IntoIterator<Item = Event>, tables: Tables) -> impl Iterator<Item = Part> {
    let mut parts: BTreeMap<u128, Part> = BTreeMap::new();
    let of_id = |id: Uuid| id.as_u128() % 199;
    for event in events {
        let id = match &event {
            Event::Play(play) => play.id.0,
            Event::Like(_) | Event::Unlike(_) => event.user_id().0,
        };
        parts.entry(of_id(id)).or_default().events.push(event);
    }
    for (id, row) in tables.history {
        parts.entry(of_id(id.0)).or_default().tables.history.insert(id, row);
    }
    for (pair, row) in tables.liked {
        parts.entry(of_id(pair.0.0)).or_default().tables.liked.insert(pair, row);
    }
    parts.into_values()
}
