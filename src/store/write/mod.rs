//! One batch, one transaction: rows, dead letters, and the position last.
//!
//! `rows` says in which order: look at what is there, lock the `parents`, then the `pairs` with their `liked` rows,
//! then the `plays`, those that are new by `copy`; `letters` and `progress` follow, or what `replay` puts in the place of
//! the latter. `isolate` does the same when the database refuses a row. `turn` lets the backend go first. `foresee` says
//! what a batch would do, and `reflect` whether the tables hold it.

mod columns;
mod copy;
pub(in crate::store) mod foreign_keys;
mod foresee;
mod isolate;
pub(super) mod letters;
mod liked;
mod moment;
mod pairs;
mod parents;
mod plays;
mod progress;
mod reflect;
mod replay;
mod rows;
mod turn;

pub use copy::encoded;
pub(super) use foresee::foresee;
pub(super) use reflect::reflected;
pub use reflect::{Reflection, Reflections};

use super::error::WriteError;
use crate::batch::{Fates, Letter, SealedBatch, Settled};
use crate::config::ParentCheck;
use crate::event::Reason;
use crate::failpoint::{Place, reach};
use crate::pipeline::Receipt;
use sqlx::{Connection, PgConnection};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// In whose account a batch is entered: whose position it moves, and whose ledger it adds to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// The live group.
    Live,
    /// The replay with this name.
    Replay(Arc<str>),
}

impl Account {
    /// What a dead letter says of where it came from.
    fn origin(&self) -> &str {
        match self {
            Self::Live => "live",
            Self::Replay(name) => name,
        }
    }
}

/// What every transaction needs to know beside its batch.
#[derive(Clone, Debug)]
pub struct Writer {
    /// The consumer group whose positions and dead letters these are.
    pub group: Arc<str>,
    /// How long an event of unknown parents waits before it is tried again for the first time.
    pub retry_interval: Duration,
    /// Whose position moves with the batch.
    pub account: Account,
    /// Who finds out that a parent does not exist.
    pub parent_check: ParentCheck,
}

/// Whether rows are written all at once, or apart so far as the database refuses some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// All at once: a refused row fails the batch.
    Plain,
    /// Refused rows are found and become dead letters.
    Isolating,
}

impl Writer {
    /// Writes a batch. When this returns, its transaction has committed; on an error it has not, or nobody knows
    /// ([`WriteError::Unanswered`]): the stored position tells.
    pub async fn write(
        &self,
        connection: &mut PgConnection,
        batch: &SealedBatch,
        care: Care,
    ) -> Result<Receipt, WriteError> {
        turn::leave(connection).await?;
        reach(Place::BeforeBegin);
        let mut transaction = connection.begin().await?;
        let fates = write_rows(&mut transaction, batch, care, self.parent_check).await?;
        reach(Place::AfterInsert);
        let Settled { tallies, letters } = batch.settle(&fates);
        if let Account::Replay(_) = self.account {
            replay::settle_letters(&mut transaction, self, batch, &letters).await?;
        }
        letters::insert(&mut transaction, self, batch, &letters).await?;
        // the position comes last: in a transaction that PostgreSQL has given up this statement fails, while
        // the driver's commit would report success
        match &self.account {
            Account::Live => progress::advance(&mut transaction, self, batch, &tallies).await?,
            Account::Replay(name) => replay::advance(&mut transaction, name, batch, &tallies).await?,
        }
        let receipt = Receipt {
            letters: count(batch, &letters),
            faulty: faulty(&letters),
            tallies,
        };
        reach(Place::BeforeCommit);
        let committed = transaction.commit().await;
        reach(Place::AfterCommit);
        match committed {
            Ok(()) => Ok(receipt),
            Err(error) => Err(WriteError::at_commit(receipt, error)),
        }
    }
}

pub(super) async fn write_rows(
    connection: &mut PgConnection,
    batch: &SealedBatch,
    care: Care,
    parent_check: ParentCheck,
) -> Result<Fates, WriteError> {
    match care {
        Care::Plain => {
            let (plays, pairs) = rows::Rows::of(batch).write(connection, care, parent_check).await?;
            Ok(Fates {
                plays,
                pairs,
                refusals: Vec::new(),
            })
        }
        Care::Isolating => isolate::write(connection, batch, parent_check).await,
    }
}

/// Entries that are at fault themselves: their letters wait for nobody.
fn faulty(letters: &[Letter<'_>]) -> Vec<usize> {
    let at_fault = letters.iter().filter(|letter| letter.missing.is_none());
    let mut faulty: Vec<usize> = at_fault.map(|letter| letter.entry).collect();
    faulty.sort_unstable();
    faulty
}

fn count(batch: &SealedBatch, letters: &[Letter<'_>]) -> BTreeMap<(Arc<str>, Reason), u64> {
    let mut counts = BTreeMap::new();
    for letter in letters {
        if let Some(entry) = batch.entries().get(letter.entry) {
            *counts
                .entry((Arc::clone(&batch.partition(entry).topic), letter.reason))
                .or_default() += 1;
        }
    }
    counts
}
