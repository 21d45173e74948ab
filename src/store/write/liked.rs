//! The rows of `liked_tracks`: locked first, then deleted, updated or inserted, one statement each.

use super::columns::{LikedColumns, PairColumns};
use super::foreign_keys;
use super::moment::Moment;
use super::parents::Parents;
use crate::batch::PairRow;
use crate::batch::pairs::LikedRow;
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Locks the rows of those pairs that have one, and gives them by user and track.
pub(super) async fn lock<'pair>(
    connection: &mut PgConnection,
    pairs: impl Iterator<Item = &'pair PairRow>,
) -> sqlx::Result<HashMap<(Uuid, Uuid), LikedRow>> {
    let ids = PairColumns::of(pairs);
    let rows = sqlx::query_file!("src/store/sql/lock_liked_tracks.sql", &ids.user_ids, &ids.track_ids)
        .fetch_all(connection)
        .await?;
    let rows = rows.into_iter().map(|row| {
        let liked = LikedRow {
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
            notes: row.notes.map(String::into_boxed_str),
        };
        ((row.user_id, row.track_id), liked)
    });
    Ok(rows.collect())
}

/// Takes the rows of these pairs away.
pub(super) async fn delete(connection: &mut PgConnection, pairs: &[&PairRow]) -> sqlx::Result<()> {
    if pairs.is_empty() {
        return Ok(());
    }
    let ids = PairColumns::of(pairs.iter().copied());
    sqlx::query_file!("src/store/sql/delete_liked_tracks.sql", &ids.user_ids, &ids.track_ids)
        .execute(connection)
        .await?;
    Ok(())
}

/// Makes the rows of these pairs what stands beside them.
pub(super) async fn update(connection: &mut PgConnection, rows: &[(&PairRow, &LikedRow)]) -> sqlx::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let columns = LikedColumns::of(rows.iter().copied());
    sqlx::query_file!(
        "src/store/sql/update_liked_tracks.sql",
        &columns.user_ids,
        &columns.track_ids,
        &columns.created_at as &[Moment],
        &columns.updated_at as &[Moment],
        &columns.notes as &[Option<&str>],
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts rows for these pairs; gives those that nobody else had inserted before.
pub(super) async fn insert(
    connection: &mut PgConnection,
    rows: &[(&PairRow, &LikedRow)],
    parents: &Parents,
) -> sqlx::Result<HashSet<(Uuid, Uuid)>> {
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let columns = LikedColumns::of(rows.iter().copied());
    // its own plan has no choices, so that it may be planned once as well
    foreign_keys::plan_once(connection, parents).await?;
    let inserted = sqlx::query_file!(
        "src/store/sql/insert_liked_tracks.sql",
        &columns.user_ids,
        &columns.track_ids,
        &columns.created_at as &[Moment],
        &columns.updated_at as &[Moment],
        &columns.notes as &[Option<&str>],
    )
    .fetch_all(&mut *connection)
    .await?;
    foreign_keys::plan_anew(connection, parents).await?;
    Ok(inserted.into_iter().map(|row| (row.user_id, row.track_id)).collect())
}
