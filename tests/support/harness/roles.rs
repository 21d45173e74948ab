//! The roles of `deploy/postgres/roles.sql`, under which everything here runs.

use crate::database::FreshDatabase;
use sqlx::Executor;
use url::Url;

/// Runs `migrate`.
pub(crate) const OWNER: &str = "audiohm_ingest_owner";
/// Runs the worker.
pub(crate) const WORKER: &str = "audiohm_ingest";
/// Only reads.
pub(crate) const READER: &str = "audiohm_ingest_reader";

/// What an administrator does before and after `migrate up`.
pub(crate) async fn give_rights(database: &FreshDatabase) {
    let roles = include_str!("../../../deploy/postgres/roles.sql");
    database.connect().await.execute(roles).await.unwrap();
}

/// The way to the database as one of the roles.
pub(crate) fn as_role(database: &FreshDatabase, role: &str) -> Url {
    let mut url = Url::parse(&database.url()).unwrap();
    url.set_username(role).unwrap();
    url
}
