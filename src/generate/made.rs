//! What leaves: records ready to send, and an account of them.

use std::fmt;
use uuid::Uuid;

/// The stream that a record belongs to; who sends it knows the topic's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// Plays.
    Plays,
    /// Likes and unlikes.
    Likes,
}

/// What a record was made as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A play.
    Play,
    /// A like.
    Like,
    /// An unlike.
    Unlike,
    /// One of the three once more.
    Repeat,
    /// A record that cannot be decoded.
    Invalid,
    /// An event of a user or track that does not exist.
    Unknown,
}

/// A record ready to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Where it belongs.
    pub feed: Feed,
    /// What it was made as.
    pub sort: Sort,
    /// The event's id; some of the invalid records do not tell it.
    pub event_id: Uuid,
    /// The user's id as text.
    pub key: String,
    /// JSON, except for some of the invalid ones.
    pub value: Vec<u8>,
    /// The instant at which it is sent, in milliseconds since 1970.
    pub timestamp: i64,
}

/// How many records of each sort were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the sorts describe themselves")]
pub struct Counts {
    pub plays: u64,
    pub likes: u64,
    pub unlikes: u64,
    pub repeats: u64,
    pub invalid: u64,
    pub unknown: u64,
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, sort: Sort) {
        let count = match sort {
            Sort::Play => &mut self.plays,
            Sort::Like => &mut self.likes,
            Sort::Unlike => &mut self.unlikes,
            Sort::Repeat => &mut self.repeats,
            Sort::Invalid => &mut self.invalid,
            Sort::Unknown => &mut self.unknown,
        };
        *count += 1;
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.parts().iter().map(|(_, count)| count).sum()
    }

    /// Each sort with its name in the plural.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, u64); 6] {
        [
            ("plays", self.plays),
            ("likes", self.likes),
            ("unlikes", self.unlikes),
            ("repeats", self.repeats),
            ("invalid", self.invalid),
            ("unknown", self.unknown),
        ]
    }
}

/// As words: `85 plays, 12 likes, 3 repeats`; what did not occur is left out.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.parts().into_iter().filter(|(_, count)| *count > 0);
        let words: Vec<String> = parts.map(|(name, count)| format!("{count} {name}")).collect();
        f.write_str(if words.is_empty() { "nothing" } else { "" })?;
        f.write_str(&words.join(", "))
    }
}
