//! What the library tables must hold, as plainly as the contract says it: whole sets of events at once, no folding,
//! no order, nothing shared with the program but the types of events.

use audiohm_ingest::event::{Event, Like, Play, PlayId, Reason, Timestamp, TrackId, Unlike, UserId};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) type Pair = (UserId, TrackId);

/// A row of `listening_history` beside its id and `created_at`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HistoryRow {
    pub(crate) user_id: UserId,
    pub(crate) track_id: TrackId,
    pub(crate) played_at: Timestamp,
    pub(crate) played_for: i32,
    pub(crate) completed: bool,
    pub(crate) source: Option<String>,
}

/// A row of `liked_tracks` beside its ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LikedRow {
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) notes: Option<String>,
}

/// The two library tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tables {
    pub(crate) history: BTreeMap<PlayId, HistoryRow>,
    pub(crate) liked: BTreeMap<Pair, LikedRow>,
}

/// The users and tracks that exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parents {
    pub(crate) users: BTreeSet<UserId>,
    pub(crate) tracks: BTreeSet<TrackId>,
}

impl Parents {
    pub(crate) fn exist(&self, (user_id, track_id): Pair) -> bool {
        self.users.contains(&user_id) && self.tracks.contains(&track_id)
    }
}

/// Everything that happened.
#[derive(Debug)]
pub(crate) struct Story<'story> {
    pub(crate) parents: &'story Parents,
    pub(crate) events: &'story [Event],
    /// The history that the backend had before.
    pub(crate) history_before: &'story BTreeMap<PlayId, HistoryRow>,
    /// Every row of `liked_tracks` that the backend wrote, in its order.
    pub(crate) liked_by_backend: &'story [(Pair, LikedRow)],
}

impl Story<'_> {
    fn plays(&self) -> impl Iterator<Item = &Play> {
        self.events.iter().filter_map(|event| match event {
            Event::Play(play) if self.parents.exist((play.user_id, play.track_id)) => Some(play),
            _ => None,
        })
    }

    fn likes(&self, pair: Pair) -> impl Iterator<Item = &Like> {
        self.events.iter().filter_map(move |event| match event {
            Event::Like(like) if (like.user_id, like.track_id) == pair => Some(like),
            _ => None,
        })
    }

    fn unlikes(&self, pair: Pair) -> impl Iterator<Item = &Unlike> {
        self.events.iter().filter_map(move |event| match event {
            Event::Unlike(unlike) if (unlike.user_id, unlike.track_id) == pair => Some(unlike),
            _ => None,
        })
    }

    /// For each id the rows that may be there: one, or one for each claimant of an id that was free.
    pub(crate) fn history(&self) -> BTreeMap<PlayId, Vec<HistoryRow>> {
        let ids: BTreeSet<PlayId> = self
            .plays()
            .map(|play| play.id)
            .chain(self.history_before.keys().copied())
            .collect();
        ids.into_iter().map(|id| (id, self.claimants(id))).collect()
    }

    fn claimants(&self, id: PlayId) -> Vec<HistoryRow> {
        let identities: BTreeSet<(UserId, TrackId, Timestamp)> = match self.history_before.get(&id) {
            Some(row) => BTreeSet::from([(row.user_id, row.track_id, row.played_at)]),
            None => self.plays().filter(|play| play.id == id).map(identity).collect(),
        };
        identities.into_iter().map(|who| self.merged(id, who)).collect()
    }

    fn merged(&self, id: PlayId, who: (UserId, TrackId, Timestamp)) -> HistoryRow {
        let of_events = self
            .plays()
            .filter(|play| play.id == id && identity(play) == who)
            .map(|play| {
                (
                    play.played_for,
                    play.completed,
                    play.source.as_deref().map(str::to_owned),
                )
            });
        let of_backend = self
            .history_before
            .get(&id)
            .map(|row| (row.played_for, row.completed, row.source.clone()));
        let all: Vec<(i32, bool, Option<String>)> = of_events.chain(of_backend).collect();
        HistoryRow {
            user_id: who.0,
            track_id: who.1,
            played_at: who.2,
            played_for: all.iter().map(|one| one.0).max().unwrap(),
            completed: all.iter().any(|one| one.1),
            source: largest(all.into_iter().map(|one| one.2)),
        }
    }

    pub(crate) fn liked(&self) -> BTreeMap<Pair, LikedRow> {
        let of_events = self.events.iter().filter(|event| !matches!(event, Event::Play(_)));
        let touched: BTreeSet<Pair> = of_events
            .map(|event| (event.user_id(), event.track_id()))
            .filter(|pair| self.parents.exist(*pair))
            .collect();
        let untouched = self
            .liked_by_backend
            .iter()
            .filter(|(pair, _)| !touched.contains(pair))
            .cloned();
        let ours = touched.iter().filter_map(|pair| Some((*pair, self.liked_row(*pair)?)));
        untouched.chain(ours).collect()
    }

    fn liked_row(&self, pair: Pair) -> Option<LikedRow> {
        let of_backend = self.liked_by_backend.iter().filter(|(of, _)| *of == pair);
        let of_backend =
            of_backend.flat_map(|(_, row)| [(row.created_at, row.notes.clone()), (row.updated_at, row.notes.clone())]);
        let of_events = self
            .likes(pair)
            .map(|like| (like.liked_at, like.notes.as_deref().map(str::to_owned)));
        let likes: Vec<(Timestamp, Option<String>)> = of_backend.chain(of_events).collect();
        let first = likes.iter().map(|like| like.0).min()?;
        let last = likes.iter().map(|like| like.0).max()?;
        let gone = self.unlikes(pair).map(|unlike| unlike.unliked_at).max();
        let after_gone = |time: Timestamp| gone.is_none_or(|gone| time > gone);
        after_gone(last).then(|| LikedRow {
            created_at: if after_gone(first) { first } else { last },
            updated_at: last,
            notes: largest(likes.into_iter().filter(|like| like.0 == last).map(|like| like.1)),
        })
    }

    /// Why this event is a dead letter, if it is one, once the history is as it is.
    pub(crate) fn letter(&self, event: &Event, history: &BTreeMap<PlayId, HistoryRow>) -> Option<Reason> {
        if !self.parents.users.contains(&event.user_id()) {
            return Some(Reason::UnknownUser);
        }
        if !self.parents.tracks.contains(&event.track_id()) {
            return Some(Reason::UnknownTrack);
        }
        let Event::Play(play) = event else { return None };
        let row = &history[&play.id];
        (identity(play) != (row.user_id, row.track_id, row.played_at)).then_some(Reason::IdConflict)
    }

    /// Fails unless the tables are what the events make them.
    pub(crate) fn check(&self, tables: &Tables, about: &str) {
        let expected = self.history();
        assert!(
            expected.keys().eq(tables.history.keys()),
            "{about}: ids in listening_history\nexpected {:?}\nfound {:?}",
            expected.keys(),
            tables.history.keys()
        );
        for (id, row) in &tables.history {
            assert!(
                expected[id].contains(row),
                "{about}: play {id}\nexpected {:?}\nfound {row:?}",
                expected[id]
            );
        }
        assert_eq!(self.liked(), tables.liked, "{about}: liked_tracks, expected and found");
    }
}

fn identity(play: &Play) -> (UserId, TrackId, Timestamp) {
    (play.user_id, play.track_id, play.played_at)
}

/// The largest text by byte order, none lowest.
fn largest(texts: impl Iterator<Item = Option<String>>) -> Option<String> {
    texts
        .flatten()
        .max_by(|one, other| one.as_bytes().cmp(other.as_bytes()))
}
