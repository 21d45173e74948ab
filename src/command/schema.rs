//! Whether a database is migrated, before a command asks it for more: it gets an advice and not an error of SQL.

use super::exit::{Exit, Failure};
use crate::store::error::failure;
use crate::store::migrations::{self, SchemaVersionError};
use crate::store::{PgConnection, StoreError};

/// The session, if its database has this program's schema.
pub(super) async fn verified(connected: Result<PgConnection, StoreError>) -> Result<PgConnection, Failure> {
    let mut connection = connected.map_err(database)?;
    verify(&mut connection).await?;
    Ok(connection)
}

/// Fails unless the database has this program's schema.
pub(super) async fn verify(connection: &mut PgConnection) -> Result<(), Failure> {
    let verified = migrations::verify_schema_version(connection).await;
    verified.map_err(|error| match error {
        SchemaVersionError::Unreadable(error) => database(error),
        wrong => Failure::new(Exit::Failed, wrong),
    })
}

/// What an error of the database means for a command.
#[expect(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
pub(super) fn database(error: StoreError) -> Failure {
    Failure::from(failure(&error))
}
