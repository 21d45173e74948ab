//! The account of a batch: from the fate of its rows to one outcome for each record.

use super::ledger::{Outcome, Tally};
use super::sealed::{Content, SealedBatch};
use crate::event::{Reason, Rejection, TrackId, UserId};
use std::borrow::Cow;

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is new.
    Inserted,
    /// It changed.
    Updated,
    /// It is gone.
    Removed,
    /// It was right already.
    Unchanged,
    /// A parent does not exist.
    Orphan(Missing),
    /// Its id is taken by a different play.
    Conflict,
    /// The database refused it; an index into [`Fates::refusals`].
    Refused(usize),
}

/// Why the database refused a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code of the error.
    pub sqlstate: String,
    /// Message and constraint, for a person.
    pub detail: String,
}

/// What became of every row of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fates {
    /// Along with [`SealedBatch::plays`].
    pub plays: Vec<Fate>,
    /// Along with [`SealedBatch::pairs`].
    pub pairs: Vec<PairFate>,
    /// The reasons of the refused ones.
    pub refusals: Vec<Refusal>,
}

/// Which parents do not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// The user, if it does not exist.
    pub user_id: Option<UserId>,
    /// The track, if it does not exist.
    pub track_id: Option<TrackId>,
}

impl Missing {
    /// None if both parents exist.
    #[must_use]
    pub fn of(user_id: Option<UserId>, track_id: Option<TrackId>) -> Option<Self> {
        (user_id.is_some() || track_id.is_some()).then_some(Self { user_id, track_id })
    }

    fn reason(self) -> Reason {
        if self.user_id.is_some() {
            Reason::UnknownUser
        } else {
            Reason::UnknownTrack
        }
    }

    fn detail(self) -> String {
        match (self.user_id, self.track_id) {
            (Some(user), Some(track)) => format!("user_id: no user {user}; track_id: no track {track}"),
            (Some(user), None) => format!("user_id: no user {user}"),
            (None, Some(track)) => format!("track_id: no track {track}"),
            (None, None) => String::new(),
        }
    }
}

/// The fate of a pair's row, and the record that it is credited to.
pub type PairFate = (Fate, Option<u32>);

/// A record that becomes a dead letter.
#[derive(Clone, Debug)]
pub struct Letter<'batch> {
    /// Index of the record in the batch's entries.
    pub entry: usize,
    /// Why.
    pub reason: Reason,
    /// What exactly, for a person.
    pub detail: Cow<'batch, str>,
    /// The code of the database's error, where it refused the row.
    pub sqlstate: Option<&'batch str>,
    /// The user that the event is about, if it is known.
    pub user_id: Option<UserId>,
    /// The parents that it waits for.
    pub missing: Option<Missing>,
}

/// Each record's outcome, summed up in the ways that are needed.
#[derive(Debug)]
pub struct Settled<'batch> {
    /// The outcomes by kind of each span, along with the batch's spans.
    pub tallies: Vec<Tally>,
    /// The dead letters, in the order of the entries.
    pub letters: Vec<Letter<'batch>>,
}

impl SealedBatch {
    /// Gives each record its outcome.
    #[must_use]
    pub fn settle<'batch>(&'batch self, fates: &'batch Fates) -> Settled<'batch> {
        let mut settled = Settled {
            tallies: vec![Tally::default(); self.spans().len()],
            letters: Vec::new(),
        };
        for (number, entry) in self.entries().iter().enumerate() {
            let outcome = match &entry.content {
                Content::Tombstone => Outcome::Skipped,
                Content::Rejected(rejection) => settled.reject(number, rejection),
                Content::Play(row) => self.settle_play(&mut settled, number, *row as usize, fates),
                Content::Pair(row) => self.settle_pair(&mut settled, number, *row as usize, fates),
            };
            if let Some(tally) = settled.tallies.get_mut(entry.span as usize) {
                tally.count(entry.kind, outcome);
            }
        }
        settled
    }

    fn settle_play<'batch>(
        &'batch self,
        settled: &mut Settled<'batch>,
        number: usize,
        row: usize,
        fates: &'batch Fates,
    ) -> Outcome {
        let (Some(play), Some(fate)) = (self.plays().get(row), fates.plays.get(row)) else {
            return Outcome::Unchanged;
        };
        match outcome_of(*fate, play.winner as usize == number) {
            Ok(outcome) => outcome,
            Err(trouble) => settled.keep_out(number, trouble, play.play.user_id, fates),
        }
    }

    fn settle_pair<'batch>(
        &'batch self,
        settled: &mut Settled<'batch>,
        number: usize,
        row: usize,
        fates: &'batch Fates,
    ) -> Outcome {
        let (Some(pair), Some((fate, winner))) = (self.pairs().get(row), fates.pairs.get(row)) else {
            return Outcome::Unchanged;
        };
        match outcome_of(*fate, winner.is_some_and(|winner| winner as usize == number)) {
            Ok(outcome) => outcome,
            Err(trouble) => settled.keep_out(number, trouble, pair.user_id, fates),
        }
    }
}

/// What keeps a row out of the tables.
#[derive(Clone, Copy)]
enum Trouble {
    Orphan(Missing),
    Conflict,
    Refused(usize),
}

/// A row's outcome goes to the record that won, and the others changed nothing; whatever keeps a row out keeps
/// out all its records.
fn outcome_of(fate: Fate, won: bool) -> Result<Outcome, Trouble> {
    match fate {
        Fate::Inserted if won => Ok(Outcome::Inserted),
        Fate::Updated if won => Ok(Outcome::Updated),
        Fate::Removed if won => Ok(Outcome::Removed),
        Fate::Inserted | Fate::Updated | Fate::Removed | Fate::Unchanged => Ok(Outcome::Unchanged),
        Fate::Orphan(missing) => Err(Trouble::Orphan(missing)),
        Fate::Conflict => Err(Trouble::Conflict),
        Fate::Refused(refusal) => Err(Trouble::Refused(refusal)),
    }
}

impl<'batch> Settled<'batch> {
    fn reject(&mut self, entry: usize, rejection: &'batch Rejection) -> Outcome {
        let detail = Cow::Borrowed(rejection.detail.as_str());
        let reason = rejection.reason;
        self.letters.push(Letter {
            entry,
            reason,
            detail,
            sqlstate: None,
            user_id: None,
            missing: None,
        });
        Outcome::DeadLettered
    }

    fn keep_out(&mut self, entry: usize, trouble: Trouble, user_id: UserId, fates: &'batch Fates) -> Outcome {
        let (reason, detail, sqlstate, missing) = match trouble {
            Trouble::Orphan(missing) => (missing.reason(), Cow::Owned(missing.detail()), None, Some(missing)),
            Trouble::Conflict => (Reason::IdConflict, Cow::Borrowed(ID_CONFLICT), None, None),
            Trouble::Refused(index) => {
                let refusal = fates.refusals.get(index);
                let detail = Cow::Borrowed(refusal.map_or("", |refusal| refusal.detail.as_str()));
                (
                    Reason::RejectedByDatabase,
                    detail,
                    refusal.map(|refusal| refusal.sqlstate.as_str()),
                    None,
                )
            }
        };
        self.letters.push(Letter {
            entry,
            reason,
            detail,
            sqlstate,
            user_id: Some(user_id),
            missing,
        });
        Outcome::DeadLettered
    }
}

const ID_CONFLICT: &str = "event_id: taken by a play of another user, track or time";
