//! What happened, and its JSON. Written by hand: making a tree of values for each would take longer than all the rest.

use chrono::{DateTime, SecondsFormat};
use uuid::Uuid;

use super::made::{Feed, Sort};

/// Something that a user did.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    pub(super) event_id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) track_id: Uuid,
    /// Milliseconds since 1970.
    pub(super) at: i64,
    pub(super) deed: Deed,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    Play(Listening),
    /// With notes, or without. They need no escaping.
    Like(Option<&'static str>),
    Unlike,
}

/// How a track was heard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listening {
    pub(super) played_for: u32,
    pub(super) length_seconds: u32,
    pub(super) completed: bool,
    pub(super) source: Option<&'static str>,
}

impl Message {
    pub(super) fn feed(&self) -> Feed {
        match self.deed {
            Deed::Play(_) => Feed::Plays,
            Deed::Like(_) | Deed::Unlike => Feed::Likes,
        }
    }

    pub(super) fn sort(&self) -> Sort {
        match self.deed {
            Deed::Play(_) => Sort::Play,
            Deed::Like(_) => Sort::Like,
            Deed::Unlike => Sort::Unlike,
        }
    }

    pub(super) fn json(&self) -> String {
        let (event_id, user_id, track_id, at) = (self.event_id, self.user_id, self.track_id, rfc3339(self.at));
        let about = |kind: &str| {
            format!(r#"{{"type":"{kind}","event_id":"{event_id}","user_id":"{user_id}","track_id":"{track_id}","#)
        };
        match self.deed {
            Deed::Play(heard) => {
                let Listening {
                    played_for, completed, ..
                } = heard;
                let (start, source) = (about("play"), optional("source", heard.source));
                format!(
                    r#"{start}"played_at":"{at}","played_for":{played_for},"completed":{completed}{source},"version":1}}"#
                )
            }
            Deed::Like(notes) => {
                let (start, notes) = (about("like"), optional("notes", notes));
                format!(r#"{start}"occurred_at":"{at}"{notes},"version":1}}"#)
            }
            Deed::Unlike => format!(r#"{}"occurred_at":"{at}","version":1}}"#, about("unlike")),
        }
    }
}

fn optional(name: &str, text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| format!(r#","{name}":"{text}""#))
}

fn rfc3339(milliseconds: i64) -> String {
    let at = DateTime::from_timestamp_millis(milliseconds).unwrap_or_default();
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
