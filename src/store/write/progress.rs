//! The position: moved by the last statement of the transaction that writes the rows.

use super::Writer;
use crate::batch::{Outcome, SealedBatch, Tally};
use crate::position::Span;
use crate::store::error::WriteError;
use sqlx::PgConnection;

/// Moves the position of each span and adds to its ledger. Fails if this worker has lost any of them.
pub(super) async fn advance(
    connection: &mut PgConnection,
    writer: &Writer,
    batch: &SealedBatch,
    tallies: &[Tally],
) -> Result<(), WriteError> {
    let spans = batch.spans();
    let column = |value: fn(&Span) -> i64| spans.iter().map(value).collect::<Vec<_>>();
    let last = |value: fn(&(i64, Option<i64>)) -> Option<i64>| -> Vec<Option<i64>> {
        spans
            .iter()
            .map(|span| span.last_record.as_ref().and_then(value))
            .collect()
    };
    let topics: Vec<&str> = spans.iter().map(|span| &*span.partition.topic).collect();
    let partitions: Vec<i32> = spans.iter().map(|span| span.partition.partition).collect();
    let count = |outcome| {
        tallies
            .iter()
            .map(|tally| tally.total().of(outcome))
            .collect::<Vec<i64>>()
    };
    let moved = sqlx::query_file!(
        "src/store/sql/advance_progress.sql",
        &*writer.group,
        &topics as &[&str],
        &partitions,
        &column(|span| span.epoch.0),
        &column(|span| span.start_offset),
        &column(|span| span.next_offset),
        &last(|(offset, _)| Some(*offset)) as &[Option<i64>],
        &last(|(_, timestamp)| *timestamp) as &[Option<i64>],
        &count(Outcome::Inserted),
        &count(Outcome::Updated),
        &count(Outcome::Removed),
        &count(Outcome::Unchanged),
        &count(Outcome::DeadLettered),
        &count(Outcome::Skipped),
    )
    .execute(connection)
    .await?;
    if moved.rows_affected() == spans.len() as u64 {
        Ok(())
    } else {
        Err(WriteError::Fenced)
    }
}
