//! One user listening to one track after another.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use uuid::Uuid;

use super::audience::{Audience, Track};
use super::message::Listening;

/// Where plays are started from; popular ones stand here more than once.
const SOURCES: [Option<&str>; 12] = [
    Some("playlist"),
    Some("playlist"),
    Some("playlist"),
    Some("recommendations"),
    Some("recommendations"),
    Some("album"),
    Some("album"),
    Some("search"),
    Some("search"),
    Some("radio"),
    Some("library"),
    // a client that does not tell
    None,
];

/// What users write beside a like. Nothing in here needs escaping in JSON.
const NOTES: [&str; 8] = [
    "for the morning run",
    "play at the party",
    "the one from the film",
    "bassline!",
    "für später",
    "live version is better",
    "Lena's wedding",
    "🎷 at 2:10",
];

/// A user at a device, and the track that is playing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    pub(super) user_id: Uuid,
    pub(super) track: Track,
    pub(super) heard: Listening,
    source: Option<&'static str>,
}

impl Session {
    pub(super) fn begin(audience: &Audience, rng: &mut StdRng) -> Self {
        let source = SOURCES.choose(rng).copied().flatten();
        let (user_id, track) = (audience.user(rng), audience.track(rng));
        let heard = listen(track, source, rng);
        Self {
            user_id,
            track,
            heard,
            source,
        }
    }

    /// The next track, unless the user has had enough: eight tracks on average.
    pub(super) fn next(self, audience: &Audience, rng: &mut StdRng) -> Option<Self> {
        if rng.random_ratio(1, 8) {
            return None;
        }
        let track = audience.track(rng);
        let heard = listen(track, self.source, rng);
        Some(Self { track, heard, ..self })
    }
}

/// Mostly to the end; of the rest, most are skipped early.
fn listen(track: Track, source: Option<&'static str>, rng: &mut StdRng) -> Listening {
    let length = track.length_seconds;
    let played_for = match rng.random_range(0..100) {
        0..80 => length,
        80..94 => rng.random_range(1..=length / 3),
        _ => rng.random_range(length / 3..=length),
    };
    Listening {
        played_for,
        length_seconds: length,
        completed: is_completed(played_for, length),
        source,
    }
}

/// A user who leaves during the last notes has heard the track.
fn is_completed(played_for: u32, length: u32) -> bool {
    played_for * 10 >= length * 9
}

impl Listening {
    /// The same play, told of again later: now the user has heard more.
    pub(super) fn heard_more(self, rng: &mut StdRng) -> Self {
        let played_for = rng.random_range(self.played_for..=self.length_seconds.max(self.played_for));
        let completed = self.completed || is_completed(played_for, self.length_seconds);
        Self {
            played_for,
            completed,
            ..self
        }
    }
}

/// What a user writes beside a like, if anything.
pub(super) fn notes(rng: &mut StdRng) -> Option<&'static str> {
    if rng.random_ratio(1, 6) {
        NOTES.choose(rng).copied()
    } else {
        None
    }
}
