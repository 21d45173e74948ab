//! A lane's connection: writes a batch, and finds out what became of one whose commit was not answered.

use super::connection::Link;
use super::error::WriteError;
use super::positions::PgStore;
use super::write::{Care, Writer};
use crate::batch::SealedBatch;
use crate::pipeline::{Failure, FailureKind, Lane, Receipt, Store};
use crate::position::Span;
use sqlx::PgConnection;
use std::time::Duration;

/// How long one attempt may take. The server ends each statement sooner; this is for a network that went silent.
const ATTEMPT: Duration = Duration::from_mins(1);

/// One writer of batches.
#[derive(Debug)]
pub struct PgLane {
    writer: Writer,
    link: Link,
    store: PgStore,
    /// A batch that may be stored although nobody said so.
    unanswered: Option<(Vec<Span>, Receipt)>,
}

impl PgLane {
    pub(super) fn new(writer: Writer, link: Link, store: PgStore) -> Self {
        Self {
            writer,
            link,
            store,
            unanswered: None,
        }
    }

    async fn attempt(&mut self, batch: &SealedBatch) -> Result<Receipt, WriteError> {
        let mut connection = self.link.take().await?;
        let written = self.write_on(&mut connection, batch).await;
        if written.is_ok() {
            self.link.keep(connection);
        }
        written
    }

    async fn write_on(&self, connection: &mut PgConnection, batch: &SealedBatch) -> Result<Receipt, WriteError> {
        match self.writer.write(connection, batch, Care::Plain).await {
            Err(error) if error.refusal().is_some() => self.writer.write(connection, batch, Care::Isolating).await,
            written => written,
        }
    }

    /// The receipt of the batch if it was stored by an attempt that got no answer.
    async fn already_stored(&mut self, batch: &SealedBatch) -> Result<Option<Receipt>, Failure> {
        let Some((spans, receipt)) = &self.unanswered else {
            return Ok(None);
        };
        if spans != batch.spans() {
            self.unanswered = None;
            return Ok(None);
        }
        let topics = spans.iter().map(|span| span.partition.topic.clone()).collect();
        let positions = self.store.positions(topics).await?;
        let landed = spans.iter().all(|span| {
            let stored = positions.get(&span.partition);
            stored.is_some_and(|stored| stored.epoch == span.epoch && stored.next_offset == span.next_offset)
        });
        let receipt = landed.then(|| receipt.clone());
        self.unanswered = None;
        Ok(receipt)
    }
}

impl Lane for PgLane {
    async fn write(&mut self, batch: &SealedBatch) -> Result<Receipt, Failure> {
        if let Some(receipt) = self.already_stored(batch).await? {
            return Ok(receipt);
        }
        let Ok(written) = tokio::time::timeout(ATTEMPT, self.attempt(batch)).await else {
            let message = format!("no answer from the database within {} s", ATTEMPT.as_secs());
            return Err(Failure {
                kind: FailureKind::Connection,
                message,
            });
        };
        written.map_err(|error| {
            let failure = Failure::from(&error);
            if let WriteError::Unanswered(receipt, _) = error {
                self.unanswered = Some((batch.spans().to_vec(), *receipt));
            }
            failure
        })
    }
}
