//! Likes and unlikes: the state of each pair is merged and locked first, then its row is made what follows.

use super::columns::{PairColumns, StateColumns};
use super::liked;
use super::moment::Moment;
use super::parents::Parents;
use crate::batch::pairs::{LikedRow, PairState, StoredPair, fate};
use crate::batch::{Fate, PairFate, PairRow};
use crate::event::{TrackId, UserId};
use crate::store::error::WriteError;
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// How often the rows are looked at again where somebody else inserted one meanwhile.
const MAX_LOOKS: usize = 5;

/// Whether the events of a pair change what is stored of it.
pub(super) fn changes(pair: &PairRow, stored: &StoredPair) -> bool {
    stored.with(pair) != *stored
}

/// Users and tracks of the pairs whose events change nothing and that have no row: whether their parents exist decides
/// what becomes of them, and nothing else asks for it.
pub(super) fn idle<'a>(
    pairs: &'a [&PairRow],
    stored: &'a [StoredPair],
) -> impl Iterator<Item = (UserId, TrackId)> + 'a {
    let of_both = pairs.iter().zip(stored);
    let idle = of_both.filter(|(pair, stored)| stored.row.is_none() && !changes(pair, stored));
    idle.map(|(pair, _)| (pair.user_id, pair.track_id))
}

/// The fate of a pair by what is stored of it now, and by its parents.
pub(super) fn foresee(pair: &PairRow, stored: &StoredPair, parents: &Parents) -> PairFate {
    let after = stored.with(pair);
    if after == *stored {
        return (unchanged(pair, stored, parents), None);
    }
    match parents.missing(pair.user_id, pair.track_id) {
        Some(missing) => (Fate::Orphan(missing), None),
        None => fate(pair, stored.row.as_ref(), after.row.as_ref()),
    }
}

/// The fate of a pair whose events change nothing.
fn unchanged(pair: &PairRow, stored: &StoredPair, parents: &Parents) -> Fate {
    match parents.missing(pair.user_id, pair.track_id) {
        Some(missing) if stored.row.is_none() => Fate::Orphan(missing),
        _ => Fate::Unchanged,
    }
}

/// What the tables hold of each pair. Locks nothing.
pub(super) async fn look(connection: &mut PgConnection, pairs: &[&PairRow]) -> sqlx::Result<Vec<StoredPair>> {
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let ids = PairColumns::of(pairs.iter().copied());
    let found = sqlx::query_file!("src/store/sql/look_at_pairs.sql", &ids.user_ids, &ids.track_ids)
        .fetch_all(connection)
        .await?;
    let stored = found.into_iter().map(|row| {
        let state = PairState {
            first_liked_at: row.first_liked_at.map(|Moment(time)| time),
            last_liked_at: row.last_liked_at.map(|Moment(time)| time),
            unliked_at: row.unliked_at.map(|Moment(time)| time),
        };
        let liked = row
            .created_at
            .zip(row.updated_at)
            .map(|(created_at, updated_at)| LikedRow {
                created_at: created_at.0,
                updated_at: updated_at.0,
                notes: row.notes.map(String::into_boxed_str),
            });
        StoredPair { state, row: liked }
    });
    Ok(stored.collect())
}

/// Writes the pairs and gives the fate of each. `stored` runs along with `pairs`; the parents of every pair that
/// changes something are locked, and those of the idle ones looked at.
pub(super) async fn write(
    connection: &mut PgConnection,
    pairs: &[&PairRow],
    stored: &[StoredPair],
    parents: &Parents,
) -> Result<Vec<PairFate>, WriteError> {
    let mut fates = Vec::with_capacity(pairs.len());
    let mut changing = Vec::new();
    for (pair, stored) in pairs.iter().zip(stored) {
        fates.push(if !changes(pair, stored) {
            (unchanged(pair, stored, parents), None)
        } else if let Some(missing) = parents.missing(pair.user_id, pair.track_id) {
            (Fate::Orphan(missing), None)
        } else {
            changing.push(Change {
                place: fates.len(),
                pair,
                state: stored.with(pair).state,
                grown: false,
            });
            (Fate::Unchanged, None)
        });
    }
    merge_states(connection, changing.iter_mut().collect()).await?;
    for _ in 0..MAX_LOOKS {
        if changing.is_empty() {
            return Ok(fates);
        }
        changing = write_rows(connection, changing, &mut fates, parents).await?;
    }
    Err(WriteError::Unsettled)
}

/// A pair that changes, with its place in the batch and the state that it has to get.
#[derive(Debug)]
struct Change<'batch> {
    place: usize,
    pair: &'batch PairRow,
    state: PairState,
    /// The state has more in it than what was merged.
    grown: bool,
}

impl Change<'_> {
    fn key(&self) -> (Uuid, Uuid) {
        (self.pair.user_id.0, self.pair.track_id.0)
    }
}

/// Merges the states and locks them; a concurrent transaction may have added to what was looked at.
async fn merge_states(connection: &mut PgConnection, changing: Vec<&mut Change<'_>>) -> sqlx::Result<()> {
    if changing.is_empty() {
        return Ok(());
    }
    let ids = PairColumns::of(changing.iter().map(|change| change.pair));
    let states = StateColumns::of(changing.iter().map(|change| change.state));
    let merged = sqlx::query_file!(
        "src/store/sql/merge_like_state.sql",
        &ids.user_ids,
        &ids.track_ids,
        &states.first_liked_at as &[Option<Moment>],
        &states.last_liked_at as &[Option<Moment>],
        &states.unliked_at as &[Option<Moment>],
    )
    .fetch_all(connection)
    .await?;
    let merged: HashMap<(Uuid, Uuid), PairState> = merged
        .into_iter()
        .map(|row| {
            let state = PairState {
                first_liked_at: row.first_liked_at.map(|Moment(time)| time),
                last_liked_at: row.last_liked_at.map(|Moment(time)| time),
                unliked_at: row.unliked_at.map(|Moment(time)| time),
            };
            ((row.user_id, row.track_id), state)
        })
        .collect();
    for change in changing {
        if let Some(state) = merged.get(&change.key()) {
            change.state = *state;
        }
    }
    Ok(())
}

/// A pair, its row as it is, and its row as it has to be.
type Target<'batch> = (Change<'batch>, Option<LikedRow>, Option<LikedRow>);

/// Makes the rows what follows from the states; gives back the pairs that somebody else inserted meanwhile.
async fn write_rows<'batch>(
    connection: &mut PgConnection,
    changing: Vec<Change<'batch>>,
    fates: &mut [PairFate],
    parents: &Parents,
) -> sqlx::Result<Vec<Change<'batch>>> {
    let mut rows = liked::lock(connection, changing.iter().map(|change| change.pair)).await?;
    let mut targets: Vec<Target<'batch>> = Vec::with_capacity(changing.len());
    for change in changing {
        let row = rows.remove(&change.key());
        targets.push(target(change, row));
    }
    // rows that the backend wrote after the look
    let grown = targets.iter_mut().filter(|(change, _, _)| change.grown);
    merge_states(connection, grown.map(|(change, _, _)| change).collect()).await?;
    for (change, before, after) in &targets {
        if let Some(slot) = fates.get_mut(change.place) {
            *slot = fate(change.pair, before.as_ref(), after.as_ref());
        }
    }
    let inserted = store(connection, &targets, parents).await?;
    let is_lost =
        |(change, before, after): &Target<'_>| before.is_none() && after.is_some() && !inserted.contains(&change.key());
    Ok(targets
        .into_iter()
        .filter(|target| is_lost(target))
        .map(|(change, _, _)| change)
        .collect())
}

/// What has to become of a pair with this row. The row may add to the state: a removed one must leave its times.
fn target(mut change: Change<'_>, row: Option<LikedRow>) -> Target<'_> {
    let state = change.state;
    let stored = StoredPair { state, row };
    let target = stored.with(change.pair);
    change.state = target.state;
    change.grown = target.state != state;
    (change, stored.row, target.row)
}

/// Sorts the targets into the three statements; gives the pairs whose row was inserted.
async fn store(
    connection: &mut PgConnection,
    targets: &[Target<'_>],
    parents: &Parents,
) -> sqlx::Result<HashSet<(Uuid, Uuid)>> {
    let (mut gone, mut changed, mut new) = (Vec::new(), Vec::new(), Vec::new());
    for (Change { pair, .. }, before, after) in targets {
        match (before, after) {
            (Some(_), None) => gone.push(*pair),
            (Some(before), Some(after)) if before != after => changed.push((*pair, after)),
            (None, Some(after)) => new.push((*pair, after)),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    liked::delete(connection, &gone).await?;
    liked::update(connection, &changed).await?;
    liked::insert(connection, &new, parents).await
}
