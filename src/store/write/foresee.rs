//! What a batch would do to the tables, by looking alone.

use super::parents::Parents;
use super::rows::Rows;
use super::{pairs, plays};
use crate::batch::plays::Stored;
use crate::batch::plays::{Step, decide};
use crate::batch::{Fate, Fates, SealedBatch};
use sqlx::{Connection, PgConnection};

/// The fates that the rows of a batch would have now. Writes and locks nothing; a row that the database would refuse
/// counts as written.
pub(in crate::store) async fn foresee(connection: &mut PgConnection, batch: &SealedBatch) -> sqlx::Result<Fates> {
    let rows = Rows::of(batch);
    let mut transaction = connection.begin_with("begin read only").await?;
    let stored_pairs = pairs::look(&mut transaction, &rows.pairs).await?;
    let stored = plays::look(&mut transaction, &rows.plays).await?;
    let parents = Parents::look(&mut transaction, rows.parents()).await?;
    transaction.rollback().await?;
    let missing: Vec<_> = rows
        .plays
        .iter()
        .map(|row| parents.missing(row.play.user_id, row.play.track_id))
        .collect();
    let steps = decide(&rows.plays, &stored, &missing);
    let plays = steps
        .into_iter()
        .zip(&stored)
        .map(|(step, stored)| match (step, stored) {
            (Step::Settled(fate), _) => fate,
            (Step::Write, Stored::Absent) => Fate::Inserted,
            (Step::Write, _) => Fate::Updated,
            // another play of the batch gets the id that this one claims
            (Step::Wait, _) => Fate::Conflict,
        });
    let pairs = rows
        .pairs
        .iter()
        .zip(&stored_pairs)
        .map(|(pair, stored)| pairs::foresee(pair, stored, &parents));
    Ok(Fates {
        plays: plays.collect(),
        pairs: pairs.collect(),
        refusals: Vec::new(),
    })
}
