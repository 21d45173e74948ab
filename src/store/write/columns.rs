//! Rows as columns: each statement takes one array a column, whatever the number of rows.

use super::moment::Moment;
use crate::batch::pairs::{LikedRow, PairState};
use crate::batch::{PairRow, PlayRow};
use uuid::Uuid;

/// The columns of `listening_history` that a play sets.
#[derive(Debug, Default)]
pub(super) struct PlayColumns<'batch> {
    pub(super) ids: Vec<Uuid>,
    pub(super) user_ids: Vec<Uuid>,
    pub(super) track_ids: Vec<Uuid>,
    pub(super) played_at: Vec<Moment>,
    pub(super) played_for: Vec<i32>,
    pub(super) completed: Vec<bool>,
    pub(super) sources: Vec<Option<&'batch str>>,
}

impl<'batch> PlayColumns<'batch> {
    pub(super) fn of(rows: impl IntoIterator<Item = &'batch PlayRow>) -> Self {
        let mut columns = Self::default();
        for PlayRow { play, .. } in rows {
            columns.ids.push(play.id.0);
            columns.user_ids.push(play.user_id.0);
            columns.track_ids.push(play.track_id.0);
            columns.played_at.push(Moment(play.played_at));
            columns.played_for.push(play.played_for);
            columns.completed.push(play.completed);
            columns.sources.push(play.source.as_deref());
        }
        columns
    }
}

/// The ids of pairs.
#[derive(Debug, Default)]
pub(super) struct PairColumns {
    pub(super) user_ids: Vec<Uuid>,
    pub(super) track_ids: Vec<Uuid>,
}

impl PairColumns {
    pub(super) fn of<'pair>(pairs: impl Iterator<Item = &'pair PairRow>) -> Self {
        let (user_ids, track_ids) = pairs.map(|pair| (pair.user_id.0, pair.track_id.0)).unzip();
        Self { user_ids, track_ids }
    }
}

/// The columns of `ingest.like_state` beside the ids.
#[derive(Debug, Default)]
#[expect(clippy::struct_field_names, reason = "they are named like the columns")]
pub(super) struct StateColumns {
    pub(super) first_liked_at: Vec<Option<Moment>>,
    pub(super) last_liked_at: Vec<Option<Moment>>,
    pub(super) unliked_at: Vec<Option<Moment>>,
}

impl StateColumns {
    pub(super) fn of(states: impl Iterator<Item = PairState>) -> Self {
        let mut columns = Self::default();
        for state in states {
            columns.first_liked_at.push(state.first_liked_at.map(Moment));
            columns.last_liked_at.push(state.last_liked_at.map(Moment));
            columns.unliked_at.push(state.unliked_at.map(Moment));
        }
        columns
    }
}

/// Rows of `liked_tracks` as they are to be.
#[derive(Debug, Default)]
pub(super) struct LikedColumns<'rows> {
    pub(super) user_ids: Vec<Uuid>,
    pub(super) track_ids: Vec<Uuid>,
    pub(super) created_at: Vec<Moment>,
    pub(super) updated_at: Vec<Moment>,
    pub(super) notes: Vec<Option<&'rows str>>,
}

impl<'rows> LikedColumns<'rows> {
    pub(super) fn of(rows: impl Iterator<Item = (&'rows PairRow, &'rows LikedRow)>) -> Self {
        let mut columns = Self::default();
        for (pair, row) in rows {
            columns.user_ids.push(pair.user_id.0);
            columns.track_ids.push(pair.track_id.0);
            columns.created_at.push(Moment(row.created_at));
            columns.updated_at.push(Moment(row.updated_at));
            columns.notes.push(row.notes.as_deref());
        }
        columns
    }
}
