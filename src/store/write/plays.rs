//! Plays: a look at what is stored under their ids, then one upsert for those that bring something new.

use super::columns::PlayColumns;
use super::moment::Moment;
use super::parents::Parents;
use crate::batch::plays::{Step, Stored, decide};
use crate::batch::{Fate, PlayRow};
use crate::store::error::WriteError;
use sqlx::PgConnection;
use std::collections::HashSet;
use uuid::Uuid;

/// How often the upsert is repeated for rows that a concurrent transaction left undecided. One repetition
/// settles them unless yet another transaction interferes.
const MAX_LOOKS: usize = 5;

/// What `listening_history` holds for each of the rows.
pub(super) async fn look(connection: &mut PgConnection, rows: &[&PlayRow]) -> sqlx::Result<Vec<Stored>> {
    let mut stored = vec![Stored::Absent; rows.len()];
    if rows.is_empty() {
        return Ok(stored);
    }
    let columns = PlayColumns::of(rows.iter().copied());
    let found = sqlx::query_file!(
        "src/store/sql/look_at_plays.sql",
        &columns.ids,
        &columns.user_ids,
        &columns.track_ids,
        &columns.played_at as &[Moment],
        &columns.played_for,
        &columns.completed,
        &columns.sources as &[Option<&str>],
    )
    .fetch_all(connection)
    .await?;
    for row in found {
        let place = usize::try_from(row.place).ok().and_then(|place| place.checked_sub(1));
        if let Some(slot) = place.and_then(|place| stored.get_mut(place)) {
            *slot = match (row.same, row.covers) {
                (false, _) => Stored::Other,
                (true, true) => Stored::Covers,
                (true, false) => Stored::Differs,
            };
        }
    }
    Ok(stored)
}

/// Writes the rows and gives the fate of each. `stored` runs along with `rows`; the parents of every row that is
/// not covered are locked.
pub(super) async fn write(
    connection: &mut PgConnection,
    rows: &[&PlayRow],
    mut stored: Vec<Stored>,
    parents: &Parents,
) -> Result<Vec<Fate>, WriteError> {
    let mut fates = vec![Fate::Unchanged; rows.len()];
    let mut pending: Vec<usize> = (0..rows.len()).collect();
    for _ in 0..MAX_LOOKS {
        let looked_at: Vec<&PlayRow> = pending.iter().filter_map(|&place| rows.get(place).copied()).collect();
        let missing: Vec<_> = looked_at
            .iter()
            .map(|row| parents.missing(row.play.user_id, row.play.track_id))
            .collect();
        let (mut to_write, mut waiting) = (Vec::new(), Vec::new());
        for (&place, step) in pending.iter().zip(decide(&looked_at, &stored, &missing)) {
            match step {
                Step::Write => to_write.push(place),
                Step::Wait => waiting.push(place),
                Step::Settled(fate) => set(&mut fates, place, fate),
            }
        }
        pending = upsert(connection, rows, &to_write, &mut fates).await?;
        pending.append(&mut waiting);
        // rows are locked in the order of their places
        pending.sort_unstable();
        if pending.is_empty() {
            return Ok(fates);
        }
        let undecided: Vec<&PlayRow> = pending.iter().filter_map(|&place| rows.get(place).copied()).collect();
        stored = look(connection, &undecided).await?;
    }
    Err(WriteError::Unsettled)
}

/// Upserts the rows at these places; gives the places of those that the statement left undecided.
async fn upsert(
    connection: &mut PgConnection,
    rows: &[&PlayRow],
    places: &[usize],
    fates: &mut [Fate],
) -> sqlx::Result<Vec<usize>> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let columns = PlayColumns::of(places.iter().filter_map(|&place| rows.get(place).copied()));
    let written = sqlx::query_file!(
        "src/store/sql/upsert_plays.sql",
        &columns.ids,
        &columns.user_ids,
        &columns.track_ids,
        &columns.played_at as &[Moment],
        &columns.played_for,
        &columns.completed,
        &columns.sources as &[Option<&str>],
    )
    .fetch_one(connection)
    .await?;
    if written.inserted.len() == places.len() {
        for &place in places {
            set(fates, place, Fate::Inserted);
        }
        return Ok(Vec::new());
    }
    let inserted: HashSet<Uuid> = written.inserted.into_iter().collect();
    let updated: HashSet<Uuid> = written.updated.into_iter().collect();
    let mut undecided = Vec::new();
    for (&place, id) in places.iter().zip(&columns.ids) {
        if inserted.contains(id) {
            set(fates, place, Fate::Inserted);
        } else if updated.contains(id) {
            set(fates, place, Fate::Updated);
        } else {
            undecided.push(place);
        }
    }
    Ok(undecided)
}

fn set(fates: &mut [Fate], place: usize, fate: Fate) {
    if let Some(slot) = fates.get_mut(place) {
        *slot = fate;
    }
}
