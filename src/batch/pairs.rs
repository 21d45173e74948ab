//! Likes and unlikes: folding what happened to one pair of user and track, and the row that follows from it.

use super::settle::Fate;
use crate::event::{Like, Timestamp, TrackId, Unlike, UserId};
use std::collections::HashMap;

/// All likes and unlikes of one pair in a batch, folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairRow {
    /// The user.
    pub user_id: UserId,
    /// The track.
    pub track_id: TrackId,
    /// The likes, if there are any.
    pub likes: Option<Likes>,
    /// The latest unlike, if there is one.
    pub unlike: Option<At>,
    /// Order of first appearance in the batch.
    pub(super) order: u32,
}

/// Earliest and latest like of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likes {
    /// The earliest.
    pub first: At,
    /// The latest.
    pub last: At,
    /// The notes of the latest; between likes of the same instant the largest.
    pub notes: Option<Box<str>>,
}

/// An instant, and the record that brought it, as an index into the batch's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// When it happened.
    pub time: Timestamp,
    /// The record.
    pub entry: u32,
}

/// Pairs under construction.
#[derive(Debug, Default)]
pub(super) struct PairFold {
    rows: Vec<PairRow>,
    by_pair: HashMap<(UserId, TrackId), u32>,
}

impl PairFold {
    /// Folds one like in; gives the index of its row.
    pub(super) fn like(&mut self, like: Like, entry: u32) -> u32 {
        let (index, row) = self.row(like.user_id, like.track_id);
        let at = At {
            time: like.liked_at,
            entry,
        };
        if let Some(likes) = &mut row.likes {
            likes.merge(at, like.notes);
        } else {
            row.likes = Some(Likes {
                first: at,
                last: at,
                notes: like.notes,
            });
        }
        index
    }

    /// Folds one unlike in; gives the index of its row.
    pub(super) fn unlike(&mut self, unlike: &Unlike, entry: u32) -> u32 {
        let (index, row) = self.row(unlike.user_id, unlike.track_id);
        let at = At {
            time: unlike.unliked_at,
            entry,
        };
        if row.unlike.is_none_or(|latest| latest.time < at.time) {
            row.unlike = Some(at);
        }
        index
    }

    fn row(&mut self, user_id: UserId, track_id: TrackId) -> (u32, &mut PairRow) {
        let next = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let index = *self.by_pair.entry((user_id, track_id)).or_insert(next);
        if index == next {
            self.rows.push(PairRow {
                user_id,
                track_id,
                likes: None,
                unlike: None,
                order: next,
            });
        }
        #[expect(
            clippy::indexing_slicing,
            reason = "the map holds indexes of rows that exist, and rows only grow"
        )]
        (index, &mut self.rows[index as usize])
    }

    /// The rows by user and track: the order in which every transaction locks them.
    pub(super) fn into_sorted(self) -> Vec<PairRow> {
        let mut rows = self.rows;
        rows.shrink_to_fit();
        rows.sort_unstable_by_key(|row| (row.user_id, row.track_id));
        rows
    }
}

impl Likes {
    fn merge(&mut self, at: At, notes: Option<Box<str>>) {
        if at.time < self.first.time {
            self.first = at;
        }
        if at.time > self.last.time || (at.time == self.last.time && notes > self.notes) {
            self.last = at;
            self.notes = notes;
        }
    }
}

/// What is known of a pair apart from its row; it outlives the row, so that a replayed like does not revive it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairState {
    /// The earliest like.
    pub first_liked_at: Option<Timestamp>,
    /// The latest like.
    pub last_liked_at: Option<Timestamp>,
    /// The latest unlike.
    pub unliked_at: Option<Timestamp>,
}

/// The row of a pair in `liked_tracks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LikedRow {
    /// First like, or the latest one once the pair was unliked.
    pub created_at: Timestamp,
    /// Latest like.
    pub updated_at: Timestamp,
    /// Notes of the latest like.
    pub notes: Option<Box<str>>,
}

/// The two times of a row that the backend wrote may come from two clocks, so the earlier need not be the first.
impl LikedRow {
    fn first_liked_at(&self) -> Timestamp {
        self.created_at.min(self.updated_at)
    }

    fn last_liked_at(&self) -> Timestamp {
        self.created_at.max(self.updated_at)
    }
}

/// What the tables hold of a pair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredPair {
    /// The state, empty if there is none.
    pub state: PairState,
    /// The row, if there is one. It counts as likes at its two times, whoever wrote it.
    pub row: Option<LikedRow>,
}

/// `Option::min` counts none as smallest; here none means "no such event".
fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

impl StoredPair {
    /// What the tables must hold once the events of `pair` are in.
    #[must_use]
    pub fn with(&self, pair: &PairRow) -> Self {
        let row = self.row.as_ref();
        let likes = pair.likes.as_ref();
        let state = PairState {
            first_liked_at: earliest(
                earliest(self.state.first_liked_at, row.map(LikedRow::first_liked_at)),
                likes.map(|likes| likes.first.time),
            ),
            last_liked_at: self
                .state
                .last_liked_at
                .max(row.map(LikedRow::last_liked_at))
                .max(likes.map(|likes| likes.last.time)),
            unliked_at: self.state.unliked_at.max(pair.unlike.map(|unlike| unlike.time)),
        };
        Self {
            state,
            row: state.row(latest_notes(state.last_liked_at, row, likes)),
        }
    }
}

/// The notes of the latest like, of which the row and the batch each may know one.
fn latest_notes(last: Option<Timestamp>, row: Option<&LikedRow>, likes: Option<&Likes>) -> Option<Box<str>> {
    let of_row = row
        .filter(|row| Some(row.last_liked_at()) == last)
        .and_then(|row| row.notes.clone());
    let of_batch = likes
        .filter(|likes| Some(likes.last.time) == last)
        .and_then(|likes| likes.notes.clone());
    of_row.max(of_batch)
}

impl PairState {
    fn row(self, notes: Option<Box<str>>) -> Option<LikedRow> {
        let (first, last) = (self.first_liked_at?, self.last_liked_at?);
        let liked = |at: Timestamp| self.unliked_at.is_none_or(|unliked_at| at > unliked_at);
        liked(last).then(|| LikedRow {
            created_at: if liked(first) { first } else { last },
            updated_at: last,
            notes,
        })
    }
}

/// The fate of a pair whose row went from `before` to `after`, and the record that it is credited to.
#[must_use]
pub fn fate(pair: &PairRow, before: Option<&LikedRow>, after: Option<&LikedRow>) -> (Fate, Option<u32>) {
    let last = pair.likes.as_ref().map(|likes| likes.last.entry);
    let first = pair.likes.as_ref().map(|likes| likes.first);
    let unlike = pair.unlike.map(|unlike| unlike.entry);
    match (before, after) {
        (None, None) => (Fate::Unchanged, None),
        (None, Some(_)) => (Fate::Inserted, last.or(unlike)),
        (Some(_), None) => (Fate::Removed, unlike.or(last)),
        (Some(before), Some(after)) if before == after => (Fate::Unchanged, None),
        (Some(before), Some(after)) => {
            let latest_won = before.updated_at != after.updated_at || before.notes != after.notes;
            let earliest_won = first
                .filter(|first| first.time == after.created_at)
                .map(|first| first.entry);
            (
                Fate::Updated,
                if latest_won {
                    last.or(unlike)
                } else {
                    earliest_won.or(unlike).or(last)
                },
            )
        }
    }
}
