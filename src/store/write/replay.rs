//! What a replay does in the transaction of a batch in the place of the live group's position: its own position and
//! ledger, and the settling of dead letters that have become rows by it.

use super::Writer;
use crate::batch::{Ledger, Letter, Outcome, SealedBatch, Tally};
use crate::position::Span;
use crate::store::error::WriteError;
use crate::store::letters::retry;
use sqlx::PgConnection;
use std::collections::HashSet;

/// Adds to the ledger of the replay and moves its positions. Fails if another process has taken it over, or somebody
/// has ended it.
pub(super) async fn advance(
    connection: &mut PgConnection,
    name: &str,
    batch: &SealedBatch,
    tallies: &[Tally],
) -> Result<(), WriteError> {
    let spans = batch.spans();
    let mut ledger = Ledger::default();
    for tally in tallies {
        ledger += tally.total();
    }
    // one job, one epoch
    let epoch = spans.first().map(|span| span.epoch.0);
    // first: its lock is what a claim by another process waits for
    let counted = sqlx::query_file!(
        "src/store/sql/replays/count.sql",
        name,
        epoch,
        ledger.of(Outcome::Inserted),
        ledger.of(Outcome::Updated),
        ledger.of(Outcome::Removed),
        ledger.of(Outcome::Unchanged),
        ledger.of(Outcome::DeadLettered),
        ledger.of(Outcome::Skipped),
    )
    .execute(&mut *connection)
    .await?;
    let (topics, partitions, starts, nexts) = columns(spans);
    let moved = sqlx::query_file!(
        "src/store/sql/replays/advance.sql",
        name,
        &topics as &[&str],
        &partitions,
        &starts,
        &nexts
    )
    .execute(connection)
    .await?;
    if counted.rows_affected() == 1 && moved.rows_affected() == spans.len() as u64 {
        Ok(())
    } else {
        Err(WriteError::Fenced)
    }
}

/// Settles the letters of records that this batch has made rows of, or found to be there. `failed` are those that
/// failed again; they stay as they are.
pub(super) async fn settle_letters(
    connection: &mut PgConnection,
    writer: &Writer,
    batch: &SealedBatch,
    failed: &[Letter<'_>],
) -> sqlx::Result<()> {
    let (topics, partitions, starts, nexts) = columns(batch.spans());
    let found = sqlx::query_file!(
        "src/store/sql/replays/letters_in_spans.sql",
        &*writer.group,
        &topics as &[&str],
        &partitions,
        &starts,
        &nexts
    )
    .fetch_all(&mut *connection)
    .await?;
    if found.is_empty() {
        return Ok(());
    }
    let failed: HashSet<usize> = failed.iter().map(|letter| letter.entry).collect();
    let settled = batch.entries().iter().enumerate();
    let settled = settled.filter(|(number, _)| !failed.contains(number));
    // a record that was left out is in the span and not among the entries
    let settled: HashSet<(&str, i32, i64)> = settled
        .map(|(_, entry)| (batch.partition(entry), entry.record.offset))
        .map(|(partition, offset)| (&*partition.topic, partition.partition, offset))
        .collect();
    let ids: Vec<i64> = found
        .iter()
        .filter(|row| settled.contains(&(row.topic.as_str(), row.partition, row.record_offset)))
        .map(|row| row.id)
        .collect();
    retry::resolve(connection, &ids).await
}

/// Topic, partition, start and end of each span.
fn columns(spans: &[Span]) -> (Vec<&str>, Vec<i32>, Vec<i64>, Vec<i64>) {
    (
        spans.iter().map(|span| &*span.partition.topic).collect(),
        spans.iter().map(|span| span.partition.partition).collect(),
        spans.iter().map(|span| span.start_offset).collect(),
        spans.iter().map(|span| span.next_offset).collect(),
    )
}
