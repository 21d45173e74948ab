//! Ids: the three newtypes, the one accepted form, and the ids derived for events that bring none.

use super::Timestamp;
use std::fmt;
use uuid::Uuid;

/// The version 5 UUID of `audiohm-ingest` in the DNS namespace: the namespace of every derived id.
const NAMESPACE: Uuid = Uuid::from_u128(0x7f75_5f1e_642a_538c_8fc3_aa91_4d31_cbfe);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// Id of a play, the primary key of its row.
    PlayId
}
id! {
    /// Id of a user.
    UserId
}
id! {
    /// Id of a track.
    TrackId
}

impl PlayId {
    /// The id of a play that brings none: the same play always gets the same one.
    pub(super) fn derived(user_id: UserId, track_id: TrackId, played_at: Timestamp) -> Self {
        let name = format!("{user_id}/{track_id}/{}", played_at.micros());
        Self(Uuid::new_v5(&NAMESPACE, name.as_bytes()))
    }
}

/// A UUID in its hyphenated form, either case. The library alone would also take braces, `urn:uuid:` and 32 digits.
pub(super) fn hyphenated(text: &str) -> Option<Uuid> {
    const HYPHENATED_LENGTH: usize = 36;
    (text.len() == HYPHENATED_LENGTH)
        .then(|| Uuid::try_parse(text).ok())
        .flatten()
}

/// The id of an event in a CloudEvents envelope: its own if it is a UUID, else one derived from source and id, which
/// together are unique.
pub(super) fn of_cloud_event(source: &str, id: &str) -> Uuid {
    hyphenated(id).unwrap_or_else(|| Uuid::new_v5(&NAMESPACE, format!("{source}\n{id}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_the_one_of_the_programs_name() {
        assert_eq!(NAMESPACE, Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"audiohm-ingest"));
    }
}
