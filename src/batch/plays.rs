//! Plays: folding the events of one play, and what has to be written of it.

use super::settle::{Fate, Missing};
use crate::event::{Play, PlayId};
use std::collections::HashMap;

/// All events of one play in a batch, folded into one row.
#[derive(Clone, Debug)]
pub struct PlayRow {
    /// The merged play.
    pub play: Play,
    /// The record whose value won, as an index into the batch's entries.
    pub winner: u32,
    /// Order of first appearance in the batch.
    pub(super) order: u32,
    /// Another play of the batch claims the same id.
    pub(super) contested: bool,
}

/// Plays under construction. Two events are the same play if id, user, track and time agree: by the id alone
/// a false claim to an id could swallow the rightful play.
#[derive(Debug, Default)]
pub(super) struct PlayFold {
    rows: Vec<PlayRow>,
    /// The rows that claim an id; almost always one.
    claims: HashMap<PlayId, Claim>,
}

#[derive(Debug)]
enum Claim {
    One(u32),
    Many(Vec<u32>),
}

impl Claim {
    fn rows(&self) -> &[u32] {
        match self {
            Self::One(row) => std::slice::from_ref(row),
            Self::Many(rows) => rows,
        }
    }
}

fn same_play(one: &Play, other: &Play) -> bool {
    one.user_id == other.user_id && one.track_id == other.track_id && one.played_at == other.played_at
}

impl PlayRow {
    /// What the row is to a play that is stored under its id.
    #[must_use]
    pub fn compare(&self, stored: &Play) -> Stored {
        if !same_play(&self.play, stored) {
            return Stored::Other;
        }
        let covers = stored.played_for >= self.play.played_for
            && stored.completed >= self.play.completed
            && stored.source >= self.play.source;
        if covers { Stored::Covers } else { Stored::Differs }
    }

    /// Takes in another event of the same play.
    fn merge(&mut self, play: Play, entry: u32) {
        let mine = &mut self.play;
        let longer = play.played_for > mine.played_for;
        let completes = play.completed && !mine.completed;
        let larger_source = play.source > mine.source;
        mine.played_for = mine.played_for.max(play.played_for);
        mine.completed |= play.completed;
        if larger_source {
            mine.source = play.source;
        }
        if longer || completes || larger_source {
            self.winner = entry;
        }
    }
}

impl PlayFold {
    /// Folds one event in; gives the index of its row.
    pub(super) fn fold(&mut self, play: Play, entry: u32) -> u32 {
        let next = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let id = play.id;
        let Some(claim) = self.claims.get_mut(&id) else {
            self.claims.insert(id, Claim::One(next));
            self.rows.push(PlayRow {
                play,
                winner: entry,
                order: next,
                contested: false,
            });
            return next;
        };
        for &index in claim.rows() {
            if let Some(row) = self.rows.get_mut(index as usize)
                && same_play(&row.play, &play)
            {
                row.merge(play, entry);
                return index;
            }
        }
        let mut all = claim.rows().to_vec();
        all.push(next);
        for &index in &all {
            if let Some(row) = self.rows.get_mut(index as usize) {
                row.contested = true;
            }
        }
        *claim = Claim::Many(all);
        self.rows.push(PlayRow {
            play,
            winner: entry,
            order: next,
            contested: true,
        });
        next
    }

    /// The rows by user and id: the order in which every transaction locks them, and the one that the
    /// indexes on the user like best.
    pub(super) fn into_sorted(self) -> Vec<PlayRow> {
        let mut rows = self.rows;
        rows.shrink_to_fit();
        rows.sort_unstable_by_key(|row| (row.play.user_id, row.play.id, row.order));
        rows
    }
}

/// What `listening_history` holds under the id of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Nothing.
    Absent,
    /// The same play, and the row would add nothing.
    Covers,
    /// The same play, and the row would change it.
    Differs,
    /// A different play.
    Other,
}

/// What the row needs: its fate where that is clear already, or the write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing is to be written.
    Settled(Fate),
    /// The row has to be written; its parents exist and are locked.
    Write,
    /// Another row claims the same free id and comes first: judged again once that one is written, since a
    /// concurrent transaction may give the id to this one after all.
    Wait,
}

/// Decides for each row what to do. `stored` and `missing` run along with `rows`; `missing` says which parent
/// of a row does not exist.
///
/// Parents are judged before ids, so that an event of an unknown user never takes an id; of several plays that
/// claim a free id, the one that came first in the batch is written and the others wait for what comes of it.
#[must_use]
pub fn decide(rows: &[&PlayRow], stored: &[Stored], missing: &[Option<Missing>]) -> Vec<Step> {
    let first = first_claims(rows, stored, missing);
    let judge = |((row, stored), missing): ((&&PlayRow, &Stored), &Option<Missing>)| match (stored, missing) {
        (Stored::Covers, _) => Step::Settled(Fate::Unchanged),
        (_, Some(missing)) => Step::Settled(Fate::Orphan(*missing)),
        (Stored::Other, None) => Step::Settled(Fate::Conflict),
        (Stored::Absent, None) if row.contested && first.get(&row.play.id) != Some(&row.order) => Step::Wait,
        (Stored::Absent | Stored::Differs, None) => Step::Write,
    };
    rows.iter().zip(stored).zip(missing).map(judge).collect()
}

fn first_claims(rows: &[&PlayRow], stored: &[Stored], missing: &[Option<Missing>]) -> HashMap<PlayId, u32> {
    let mut first: HashMap<PlayId, u32> = HashMap::new();
    for ((row, stored), missing) in rows.iter().zip(stored).zip(missing) {
        if row.contested && *stored == Stored::Absent && missing.is_none() {
            let order = first.entry(row.play.id).or_insert(row.order);
            *order = row.order.min(*order);
        }
    }
    first
}
