//! Whether the tables hold what a batch says, by looking alone.

use super::parents::Parents;
use super::rows::Rows;
use super::{pairs, plays};
use crate::batch::pairs::StoredPair;
use crate::batch::plays::Stored;
use crate::batch::{Fate, PairRow, PlayRow, SealedBatch};
use sqlx::PgConnection;

/// How a play, or the likes and unlikes of a pair, stand in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reflection {
    /// With all that they say.
    Whole,
    /// With less than they say.
    Partly,
    /// Not at all: there is no row under the play's id.
    Absent,
    /// The play's id belongs to another play.
    Taken,
    /// The user or the track does not exist.
    Orphan,
}

/// How the rows of a batch stand in the tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reflections {
    /// Along with [`SealedBatch::plays`].
    pub plays: Vec<Reflection>,
    /// Along with [`SealedBatch::pairs`].
    pub pairs: Vec<Reflection>,
}

/// Looks; locks and writes nothing. Rows come before parents: a deletion between the looks takes the parent too, and a row
/// that comes between them only adds.
pub(in crate::store) async fn reflected(
    connection: &mut PgConnection,
    batch: &SealedBatch,
) -> sqlx::Result<Reflections> {
    let rows = Rows::of(batch);
    let stored_pairs = pairs::look(connection, &rows.pairs).await?;
    let stored = plays::look(connection, &rows.plays).await?;
    let parents = Parents::look(connection, rows.parents()).await?;
    let play = |(row, stored): (&&PlayRow, Stored)| match stored {
        Stored::Covers => Reflection::Whole,
        _ if parents.missing(row.play.user_id, row.play.track_id).is_some() => Reflection::Orphan,
        Stored::Differs => Reflection::Partly,
        Stored::Absent => Reflection::Absent,
        Stored::Other => Reflection::Taken,
    };
    let pair = |(pair, stored): (&&PairRow, StoredPair)| match pairs::foresee(pair, &stored, &parents) {
        (Fate::Orphan(_), _) => Reflection::Orphan,
        // an unlike that leaves no row still leaves its time
        _ if pairs::changes(pair, &stored) => Reflection::Partly,
        _ => Reflection::Whole,
    };
    Ok(Reflections {
        plays: rows.plays.iter().zip(stored).map(play).collect(),
        pairs: rows.pairs.iter().zip(stored_pairs).map(pair).collect(),
    })
}
