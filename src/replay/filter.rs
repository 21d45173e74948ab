//! Which records of a range are taken.

use crate::event::{Decoded, Kind};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Kinds and users whose records are taken; an empty set takes all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Kinds of events.
    pub kinds: BTreeSet<Kind>,
    /// Users.
    pub users: BTreeSet<Uuid>,
}

impl Filter {
    /// Whether the record is taken. A filter takes only what tells that it is meant: a tombstone is of no kind, and a
    /// rejected record of no user.
    #[must_use]
    pub fn takes(&self, decoded: &Decoded) -> bool {
        let (kind, user) = match decoded {
            Decoded::Event(event) => (event.kind(), Some(event.user_id().0)),
            Decoded::Rejection(rejection) => (rejection.kind, None),
            Decoded::Tombstone => (Kind::Unknown, None),
        };
        let of_kind = self.kinds.is_empty() || self.kinds.contains(&kind);
        let of_user = self.users.is_empty() || user.is_some_and(|user| self.users.contains(&user));
        of_kind && of_user
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Reason, Rejection, Timestamp, TrackId, Unlike, UserId};

    fn unlike(user: u128) -> Decoded {
        Decoded::Event(Event::Unlike(Unlike {
            user_id: UserId(Uuid::from_u128(user)),
            track_id: TrackId(Uuid::from_u128(1)),
            unliked_at: Timestamp::from_micros(1),
        }))
    }

    #[test]
    fn a_filter_takes_only_what_tells_that_it_is_meant() {
        let rejection = Decoded::Rejection(Rejection::new(Reason::MissingField, Kind::Play, "user_id"));
        let all = Filter::default();
        let plays = Filter {
            kinds: BTreeSet::from([Kind::Play]),
            ..Filter::default()
        };
        let seven = Filter {
            users: BTreeSet::from([Uuid::from_u128(7)]),
            ..Filter::default()
        };
        for (decoded, takes) in [
            (unlike(7), [true, false, true]),
            (unlike(8), [true, false, false]),
            (rejection, [true, true, false]),
            (Decoded::Tombstone, [true, false, false]),
        ] {
            let found = [&all, &plays, &seven].map(|filter| filter.takes(&decoded));
            assert_eq!(found, takes, "{decoded:?}");
        }
    }
}
