//! A batch with rows that the database refuses: halve it in savepoints until each such row is alone.
//!
//! Costs about k * log2(n) attempts for k refused rows among n.

use super::Care;
use super::rows::Rows;
use crate::batch::{Fate, Fates, PairFate, Refusal, SealedBatch};
use crate::config::ParentCheck;
use crate::store::error::WriteError;
use sqlx::{Executor, PgConnection};
use std::ops::Range;

/// Writes the batch without the rows that the database refuses, which get [`Fate::Refused`].
pub(super) async fn write(
    connection: &mut PgConnection,
    batch: &SealedBatch,
    parent_check: ParentCheck,
) -> Result<Fates, WriteError> {
    let mut fates = Fates {
        plays: vec![Fate::Unchanged; batch.plays().len()],
        pairs: vec![(Fate::Unchanged, None); batch.pairs().len()],
        refusals: Vec::new(),
    };
    // a constraint that waits for the commit would blame no row
    connection.execute("set constraints all immediate").await?;
    let mut waiting = vec![Part {
        plays: 0..batch.plays().len(),
        pairs: 0..batch.pairs().len(),
    }];
    while let Some(part) = waiting.pop() {
        if part.len() == 0 {
            continue;
        }
        connection.execute("savepoint part").await?;
        let rows = part.rows(batch);
        match rows.write(&mut *connection, Care::Isolating, parent_check).await {
            Ok((plays, pairs)) => {
                connection.execute("release savepoint part").await?;
                part.enter(&mut fates, &plays, &pairs);
            }
            Err(error) => {
                let refusal = error.refusal().ok_or(error)?;
                connection
                    .execute("rollback to savepoint part; release savepoint part")
                    .await?;
                if part.len() == 1 {
                    part.refuse(&mut fates, refusal);
                } else {
                    // the first half is written first, so that the order of the batch is kept
                    let [first, second] = part.halves();
                    waiting.extend([second, first]);
                }
            }
        }
    }
    Ok(fates)
}

/// Neighbouring rows of a batch.
#[derive(Debug)]
struct Part {
    plays: Range<usize>,
    pairs: Range<usize>,
}

impl Part {
    fn len(&self) -> usize {
        self.plays.len() + self.pairs.len()
    }

    fn rows<'batch>(&self, batch: &'batch SealedBatch) -> Rows<'batch> {
        Rows {
            plays: batch.plays().get(self.plays.clone()).into_iter().flatten().collect(),
            pairs: batch.pairs().get(self.pairs.clone()).into_iter().flatten().collect(),
        }
    }

    /// Pairs and plays apart while there are both, then the middle.
    fn halves(&self) -> [Self; 2] {
        let Self { plays, pairs } = self;
        if !plays.is_empty() && !pairs.is_empty() {
            return [
                Self {
                    plays: plays.start..plays.start,
                    pairs: pairs.clone(),
                },
                Self {
                    plays: plays.clone(),
                    pairs: pairs.end..pairs.end,
                },
            ];
        }
        let (play, pair) = (plays.start + plays.len() / 2, pairs.start + pairs.len() / 2);
        [
            Self {
                plays: plays.start..play,
                pairs: pairs.start..pair,
            },
            Self {
                plays: play..plays.end,
                pairs: pair..pairs.end,
            },
        ]
    }

    fn enter(&self, fates: &mut Fates, plays: &[Fate], pairs: &[PairFate]) {
        for (slot, fate) in fates.plays.iter_mut().skip(self.plays.start).zip(plays) {
            *slot = *fate;
        }
        for (slot, fate) in fates.pairs.iter_mut().skip(self.pairs.start).zip(pairs) {
            *slot = *fate;
        }
    }

    fn refuse(&self, fates: &mut Fates, refusal: Refusal) {
        let fate = Fate::Refused(fates.refusals.len());
        fates.refusals.push(refusal);
        self.enter(
            fates,
            &vec![fate; self.plays.len()],
            &vec![(fate, None); self.pairs.len()],
        );
    }
}
