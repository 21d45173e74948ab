//! The rows of a batch: look, lock the parents, write the pairs, write the plays.

use super::parents::Parents;
use super::{Care, pairs, plays};
use crate::batch::plays::Stored;
use crate::batch::{Fate, PairFate, PairRow, PlayRow, SealedBatch};
use crate::config::ParentCheck;
use crate::event::{TrackId, UserId};
use crate::store::error::WriteError;
use sqlx::PgConnection;

/// Rows to be written together, each in its order.
#[derive(Clone, Debug)]
pub(super) struct Rows<'batch> {
    pub(super) plays: Vec<&'batch PlayRow>,
    pub(super) pairs: Vec<&'batch PairRow>,
}

impl<'batch> Rows<'batch> {
    pub(super) fn of(batch: &'batch SealedBatch) -> Self {
        Self {
            plays: batch.plays().iter().collect(),
            pairs: batch.pairs().iter().collect(),
        }
    }

    /// User and track of every row.
    pub(super) fn parents(&self) -> impl Iterator<Item = (UserId, TrackId)> {
        let plays = self.plays.iter().map(|row| (row.play.user_id, row.play.track_id));
        plays.chain(self.pairs.iter().map(|pair| (pair.user_id, pair.track_id)))
    }

    /// Writes the rows and gives the fate of each.
    ///
    /// The order of the locks is the same in every transaction: users, tracks, states of pairs, `liked_tracks`,
    /// `listening_history`, each sorted. What is covered already is only looked at, so that a second ingestion
    /// writes nothing, not even locks.
    pub(super) async fn write(
        &self,
        connection: &mut PgConnection,
        care: Care,
        parent_check: ParentCheck,
    ) -> Result<(Vec<Fate>, Vec<PairFate>), WriteError> {
        let stored_pairs = pairs::look(connection, &self.pairs).await?;
        let stored = plays::look(connection, &self.plays).await?;
        let changing = self
            .pairs
            .iter()
            .zip(&stored_pairs)
            .filter(|(pair, stored)| pairs::changes(pair, stored));
        let wanting = self
            .plays
            .iter()
            .zip(&stored)
            .filter(|(_, stored)| **stored != Stored::Covers);
        let needed = changing
            .map(|(pair, _)| (pair.user_id, pair.track_id))
            .chain(wanting.map(|(row, _)| (row.play.user_id, row.play.track_id)));
        let mut parents = Parents::lock(connection, needed, parent_check).await?;
        parents
            .look_too(connection, pairs::idle(&self.pairs, &stored_pairs))
            .await?;
        let pair_fates = pairs::write(connection, &self.pairs, &stored_pairs, &parents).await?;
        let play_fates = plays::write(connection, &self.plays, stored, &parents, care).await?;
        Ok((play_fates, pair_fates))
    }
}
