//! Made-up plays, likes and unlikes of a given audience, with a few heavy users and popular tracks.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

pub(crate) const SEED: u64 = 7;
/// 2026-01-01 in microseconds since 1970.
const START: i64 = 1_767_225_600_000_000;
/// Distance between two events.
const STEP: i64 = 10_000;

/// Ids of those that events are about.
pub(crate) struct Audience {
    pub(crate) users: Vec<Uuid>,
    pub(crate) tracks: Vec<Uuid>,
}

pub(crate) struct Play {
    pub(crate) id: Uuid,
    pub(crate) user: Uuid,
    pub(crate) track: Uuid,
    /// Microseconds since 1970.
    pub(crate) played_at: i64,
    pub(crate) played_for: i32,
}

pub(crate) enum Event {
    Play(Play),
    Like { user: Uuid, track: Uuid, at: i64 },
    Unlike { user: Uuid, track: Uuid, at: i64 },
}

/// Makes events one after another; the same seed makes the same ones.
pub(crate) struct Maker {
    random: StdRng,
    made: i64,
}

impl Maker {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            made: 0,
        }
    }

    pub(crate) fn audience(&mut self, users: usize, tracks: usize) -> Audience {
        Audience {
            users: (0..users).map(|_| self.id()).collect(),
            tracks: (0..tracks).map(|_| self.id()).collect(),
        }
    }

    pub(crate) fn id(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.random.random()).into_uuid()
    }

    pub(crate) fn play(&mut self, audience: &Audience) -> Play {
        Play {
            id: self.id(),
            user: self.skewed(&audience.users),
            track: self.skewed(&audience.tracks),
            played_at: self.instant(),
            played_for: self.random.random_range(5..300),
        }
    }

    /// 85 % plays, 12 % likes, 3 % unlikes.
    pub(crate) fn mixed(&mut self, audience: &Audience) -> Event {
        let sort = self.random.random_range(0..100);
        if sort < 85 {
            return Event::Play(self.play(audience));
        }
        let (user, track, at) = (
            self.skewed(&audience.users),
            self.skewed(&audience.tracks),
            self.instant(),
        );
        if sort < 97 {
            Event::Like { user, track, at }
        } else {
            Event::Unlike { user, track, at }
        }
    }

    fn instant(&mut self) -> i64 {
        self.made += 1;
        START + self.made * STEP
    }

    /// By the square of a uniform number.
    fn skewed(&mut self, ids: &[Uuid]) -> Uuid {
        let place = self.random.random::<f64>().powi(2) * ids.len() as f64;
        ids[(place as usize).min(ids.len() - 1)]
    }
}

impl Play {
    /// The JSON of the event.
    pub(crate) fn value(&self) -> String {
        format!(
            r#"{{"type":"play","event_id":"{}","user_id":"{}","track_id":"{}","played_at":"{}","played_for":{},"completed":true,"source":"playlist"}}"#,
            self.id,
            self.user,
            self.track,
            rfc3339(self.played_at),
            self.played_for
        )
    }

    /// The same play in as few bytes as an event can have.
    pub(crate) fn shortest(&self) -> String {
        format!(
            r#"{{"type":"play","event_id":"{}","user_id":"{}","track_id":"{}","played_at":{}}}"#,
            self.id,
            self.user,
            self.track,
            self.played_at / 1_000
        )
    }
}

impl Event {
    pub(crate) fn user(&self) -> Uuid {
        match self {
            Self::Play(play) => play.user,
            Self::Like { user, .. } | Self::Unlike { user, .. } => *user,
        }
    }

    /// The JSON of the event.
    pub(crate) fn value(&self) -> String {
        match self {
            Self::Play(play) => play.value(),
            Self::Like { user, track, at } => format!(
                r#"{{"type":"like","user_id":"{user}","track_id":"{track}","occurred_at":"{}","notes":"for the drive home"}}"#,
                rfc3339(*at)
            ),
            Self::Unlike { user, track, at } => format!(
                r#"{{"type":"unlike","user_id":"{user}","track_id":"{track}","occurred_at":"{}"}}"#,
                rfc3339(*at)
            ),
        }
    }
}

fn rfc3339(micros: i64) -> String {
    chrono::DateTime::from_timestamp_micros(micros).unwrap().to_rfc3339()
}
