//! What an event is. The bytes of a record enter; exactly one of event, rejection or tombstone leaves.
//!
//! Pure and total: no clock, no input or output, no panic whatever the bytes, and the same record gives the same
//! answer on every replay. The room never looks at the database, so parents and taken ids are not its business.
//!
//! The path of a record: `decode` takes the size, `envelope` says where the members are, `json` collects them
//! without copying, `heading` says what kind the event is, `slot` judges one field at a time.

mod decode;
mod envelope;
mod fields;
mod heading;
mod id;
mod json;
mod rejection;
mod slot;
mod strict;
mod time;

#[cfg(test)]
mod tests;

use std::fmt;

pub use decode::{Decoded, Header, Limits, RawRecord, decode};
pub use id::{PlayId, TrackId, UserId};
pub use rejection::{Reason, Rejection};
pub use time::Timestamp;

/// A user played a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Play {
    /// Primary key of its row: as the producer gave it, or derived from user, track and time.
    pub id: PlayId,
    /// Who played.
    pub user_id: UserId,
    /// What was played.
    pub track_id: TrackId,
    /// When, by the producer's clock.
    pub played_at: Timestamp,
    /// Whole seconds, 0 to 86 400.
    pub played_for: i32,
    /// Whether the track was played to its end.
    pub completed: bool,
    /// The client or place it was played from, at most 50 characters.
    pub source: Option<Box<str>>,
}

/// A user likes a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Like {
    /// Who likes.
    pub user_id: UserId,
    /// What is liked.
    pub track_id: TrackId,
    /// When, by the producer's clock.
    pub liked_at: Timestamp,
    /// The user's words, at most 1 000 characters.
    pub notes: Option<Box<str>>,
}

/// A user takes a like back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlike {
    /// Whose like goes.
    pub user_id: UserId,
    /// The track.
    pub track_id: TrackId,
    /// When, by the producer's clock.
    pub unliked_at: Timestamp,
}

/// One event, every field within its bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A play.
    Play(Play),
    /// A like.
    Like(Like),
    /// An unlike.
    Unlike(Unlike),
}

impl Event {
    /// Which of the three it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Play(_) => Kind::Play,
            Self::Like(_) => Kind::Like,
            Self::Unlike(_) => Kind::Unlike,
        }
    }

    /// The user it is about.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        match self {
            Self::Play(play) => play.user_id,
            Self::Like(like) => like.user_id,
            Self::Unlike(unlike) => unlike.user_id,
        }
    }

    /// The track it is about.
    #[must_use]
    pub fn track_id(&self) -> TrackId {
        match self {
            Self::Play(play) => play.track_id,
            Self::Like(like) => like.track_id,
            Self::Unlike(unlike) => unlike.track_id,
        }
    }
}

/// The kind of an event, as metrics and `--only` name it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A play.
    Play,
    /// A like.
    Like,
    /// An unlike.
    Unlike,
    /// A record that does not tell: a tombstone, or a rejection whose kind could not be made out.
    Unknown,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Play, Self::Like, Self::Unlike, Self::Unknown];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Play => "play",
            Self::Like => "like",
            Self::Unlike => "unlike",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
