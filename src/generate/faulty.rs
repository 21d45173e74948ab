//! Records that no decoder should take, as broken producers make them.

use super::message::Message;

/// Ways to be wrong, one for each reason that a decoder has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    CutOff,
    NoTrack,
    NoUuid,
    FarFuture,
    UnknownType,
    UnknownVersion,
}

impl Fault {
    pub(super) const ALL: [Self; 6] = [
        Self::CutOff,
        Self::NoTrack,
        Self::NoUuid,
        Self::FarFuture,
        Self::UnknownType,
        Self::UnknownVersion,
    ];

    /// The play's JSON with this fault in it.
    pub(super) fn spoil(self, play: &Message) -> String {
        let json = play.json();
        match self {
            Self::CutOff => json.chars().take(json.len() / 2).collect(),
            Self::NoTrack => json.replacen(&format!(r#""track_id":"{}","#, play.track_id), "", 1),
            Self::NoUuid => json.replacen(&play.user_id.to_string(), "current-user", 1),
            Self::FarFuture => Message {
                at: play.at + TEN_YEARS,
                ..*play
            }
            .json(),
            Self::UnknownType => json.replacen(r#""type":"play""#, r#""type":"pause""#, 1),
            Self::UnknownVersion => json.replacen(r#""version":1"#, r#""version":2"#, 1),
        }
    }
}

/// In milliseconds: far beyond any tolerance for clocks that differ.
const TEN_YEARS: i64 = 10 * 365 * 86_400_000;
