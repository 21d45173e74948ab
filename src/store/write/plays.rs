//! Plays: a look at what is stored under their ids, then COPY for those that are new and an upsert for those that
//! bring something new to a stored one. With care, when a row is to be refused alone, the upsert takes all.

use super::columns::PlayColumns;
use super::moment::Moment;
use super::parents::Parents;
use super::{Care, copy};
use crate::batch::plays::{Step, Stored, decide};
use crate::batch::{Fate, PlayRow};
use crate::event::{Play, PlayId, TrackId, UserId};
use crate::store::error::WriteError;
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// How often the upsert is repeated for rows that a concurrent transaction left undecided. One repetition
/// settles them unless yet another transaction interferes.
const MAX_LOOKS: usize = 5;

/// What `listening_history` holds for each of the rows.
pub(super) async fn look(connection: &mut PgConnection, rows: &[&PlayRow]) -> sqlx::Result<Vec<Stored>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.play.id.0).collect();
    let found = sqlx::query_file!("src/store/sql/look_at_plays.sql", &ids)
        .fetch_all(connection)
        .await?;
    let found = found.into_iter().map(|row| Play {
        id: PlayId(row.id),
        user_id: UserId(row.user_id),
        track_id: TrackId(row.track_id),
        played_at: row.played_at.0,
        played_for: row.played_for,
        completed: row.completed,
        source: row.source.map(String::into_boxed_str),
    });
    let found: HashMap<PlayId, Play> = found.map(|play| (play.id, play)).collect();
    let stored = rows.iter().map(|row| match found.get(&row.play.id) {
        None => Stored::Absent,
        Some(stored) => row.compare(stored),
    });
    Ok(stored.collect())
}

/// Writes the rows and gives the fate of each. `stored` runs along with `rows`; the parents of every row that is
/// not covered are locked.
pub(super) async fn write(
    connection: &mut PgConnection,
    rows: &[&PlayRow],
    mut stored: Vec<Stored>,
    parents: &Parents,
    care: Care,
) -> Result<Vec<Fate>, WriteError> {
    let mut fates = vec![Fate::Unchanged; rows.len()];
    let mut pending: Vec<usize> = (0..rows.len()).collect();
    for _ in 0..MAX_LOOKS {
        let looked_at = at(rows, &pending);
        let missing: Vec<_> = looked_at
            .iter()
            .map(|row| parents.missing(row.play.user_id, row.play.track_id))
            .collect();
        let (mut new, mut to_merge, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
        for ((&place, step), stored) in pending.iter().zip(decide(&looked_at, &stored, &missing)).zip(&stored) {
            match (step, stored) {
                (Step::Write, Stored::Absent) if care == Care::Plain => new.push(place),
                (Step::Write, _) => to_merge.push(place),
                (Step::Wait, _) => waiting.push(place),
                (Step::Settled(fate), _) => set(&mut fates, place, fate),
            }
        }
        copy::insert(connection, &at(rows, &new), parents).await?;
        for &place in &new {
            set(&mut fates, place, Fate::Inserted);
        }
        pending = upsert(connection, rows, &to_merge, &mut fates).await?;
        pending.append(&mut waiting);
        // rows are locked in the order of their places
        pending.sort_unstable();
        if pending.is_empty() {
            return Ok(fates);
        }
        stored = look(connection, &at(rows, &pending)).await?;
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
    let columns = PlayColumns::of(at(rows, places));
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

fn at<'batch>(rows: &[&'batch PlayRow], places: &[usize]) -> Vec<&'batch PlayRow> {
    places.iter().filter_map(|&place| rows.get(place).copied()).collect()
}

fn set(fates: &mut [Fate], place: usize, fate: Fate) {
    if let Some(slot) = fates.get_mut(place) {
        *slot = fate;
    }
}
