//! Events and records with few words, for tests that tell a story.

use crate::random::{instant, record_of};
use audiohm_ingest::event::{Event, Like, Play, PlayId, TrackId, Unlike, UserId};
use audiohm_ingest::record::Record;

/// A play of 30 seconds at the first instant.
pub(crate) fn play(id: PlayId, user_id: UserId, track_id: TrackId) -> Play {
    Play {
        id,
        user_id,
        track_id,
        played_at: instant(0),
        played_for: 30,
        completed: false,
        source: None,
    }
}

pub(crate) fn play_record(id: PlayId, user_id: UserId, track_id: TrackId) -> Record {
    record_of(&Event::Play(play(id, user_id, track_id)))
}

pub(crate) fn like((user_id, track_id): (UserId, TrackId), at: i64, notes: Option<&str>) -> Record {
    record_of(&Event::Like(Like {
        user_id,
        track_id,
        liked_at: instant(at),
        notes: notes.map(Into::into),
    }))
}

pub(crate) fn unlike((user_id, track_id): (UserId, TrackId), at: i64) -> Record {
    record_of(&Event::Unlike(Unlike {
        user_id,
        track_id,
        unliked_at: instant(at),
    }))
}
