//! The connection of one `migrate` command. It serves nothing else, so whatever a failure leaves on it ends
//! with it.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};

use super::error::MigrateError;

/// sqlx waits without end for a server that accepts and does not answer.
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);

/// Opens the connection for one command.
pub async fn connect(options: &PgConnectOptions) -> Result<PgConnection, MigrateError> {
    let options = options
        .clone()
        .application_name("audiohm-ingest migrate")
        .disable_statement_logging();
    tokio::time::timeout(CONNECT_DEADLINE, options.connect())
        .await
        .map_err(|_| {
            let silence = std::io::Error::from(std::io::ErrorKind::TimedOut);
            MigrateError::Unavailable(sqlx::Error::Io(silence))
        })?
        .map_err(MigrateError::from)
}
