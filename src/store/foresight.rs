//! What a batch would do to the tables, on a connection of its own.

use super::connection::Link;
use super::error::failure;
use super::write::foresee;
use crate::batch::{Fates, SealedBatch};
use crate::pipeline::Failure;
use sqlx::postgres::PgConnectOptions;

/// The fates that the rows of a batch would have now. Writes and locks nothing.
pub async fn of(options: PgConnectOptions, batch: &SealedBatch) -> Result<Fates, Failure> {
    let mut connection = Link::new(options).take().await.map_err(|error| failure(&error))?;
    foresee(&mut connection, batch).await.map_err(|error| failure(&error))
}
