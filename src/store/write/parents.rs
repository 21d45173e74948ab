//! Users and tracks: which of them exist, and that they stay until the transaction ends.

use super::foreign_keys;
use crate::batch::Missing;
use crate::config::ParentCheck;
use crate::event::{TrackId, UserId};
use sqlx::PgConnection;
use std::collections::HashSet;
use uuid::Uuid;

/// The parents that a batch's rows need, locked for as long as the transaction lasts.
///
/// They are locked before any row of the library tables, users before tracks, each sorted. In another order a
/// deletion by the backend, which locks the parent first and then its rows, could wait for this transaction
/// while this one waits for it, and PostgreSQL might end the backend's.
#[derive(Debug, Default)]
pub(super) struct Parents {
    /// The foreign keys are asked as well.
    pub(super) asks_foreign_keys: bool,
    missing_users: HashSet<Uuid>,
    missing_tracks: HashSet<Uuid>,
}

impl Parents {
    /// Locks the parents of all pairs of user and track. Where that is check enough, the foreign keys are left out.
    pub(super) async fn lock(
        connection: &mut PgConnection,
        needed: impl Iterator<Item = (UserId, TrackId)>,
        parent_check: ParentCheck,
    ) -> sqlx::Result<Self> {
        let (users, tracks): (Vec<Uuid>, Vec<Uuid>) = needed.map(|(user, track)| (user.0, track.0)).unzip();
        if users.is_empty() {
            return Ok(Self::default());
        }
        let (users, tracks) = (sorted(users), sorted(tracks));
        let found = sqlx::query_file!("src/store/sql/lock_users.sql", &users)
            .fetch_one(&mut *connection)
            .await?;
        let missing_users = without(users, found.ids);
        let found = sqlx::query_file!("src/store/sql/lock_tracks.sql", &tracks)
            .fetch_one(&mut *connection)
            .await?;
        let missing_tracks = without(tracks, found.ids);
        let asks_foreign_keys = parent_check == ParentCheck::Database;
        if !asks_foreign_keys {
            foreign_keys::leave_out(connection).await?;
        }
        Ok(Self {
            asks_foreign_keys,
            missing_users,
            missing_tracks,
        })
    }

    /// Looks which parents of more pairs of user and track exist, and locks none of them.
    pub(super) async fn look_too(
        &mut self,
        connection: &mut PgConnection,
        needed: impl Iterator<Item = (UserId, TrackId)>,
    ) -> sqlx::Result<()> {
        let looked = Self::look(connection, needed).await?;
        self.missing_users.extend(looked.missing_users);
        self.missing_tracks.extend(looked.missing_tracks);
        Ok(())
    }

    /// Looks which parents of all pairs of user and track exist, and locks none.
    pub(super) async fn look(
        connection: &mut PgConnection,
        needed: impl Iterator<Item = (UserId, TrackId)>,
    ) -> sqlx::Result<Self> {
        let (users, tracks): (Vec<Uuid>, Vec<Uuid>) = needed.map(|(user, track)| (user.0, track.0)).unzip();
        if users.is_empty() {
            return Ok(Self::default());
        }
        let (users, tracks) = (sorted(users), sorted(tracks));
        let found = sqlx::query_file!("src/store/sql/look_at_parents.sql", &users, &tracks)
            .fetch_one(connection)
            .await?;
        Ok(Self {
            asks_foreign_keys: false,
            missing_users: without(users, found.users),
            missing_tracks: without(tracks, found.tracks),
        })
    }

    /// Which parent of the pair does not exist, if any.
    pub(super) fn missing(&self, user_id: UserId, track_id: TrackId) -> Option<Missing> {
        if self.missing_users.is_empty() && self.missing_tracks.is_empty() {
            return None;
        }
        let user = self.missing_users.contains(&user_id.0).then_some(user_id);
        let track = self.missing_tracks.contains(&track_id.0).then_some(track_id);
        Missing::of(user, track)
    }
}

fn sorted(mut ids: Vec<Uuid>) -> Vec<Uuid> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn without(asked: Vec<Uuid>, found: Vec<Uuid>) -> HashSet<Uuid> {
    if asked.len() == found.len() {
        return HashSet::new();
    }
    let found: HashSet<Uuid> = found.into_iter().collect();
    asked.into_iter().filter(|id| !found.contains(id)).collect()
}
