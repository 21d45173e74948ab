//! The connection of one `check`, and why there may be none.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};

/// Long enough for a server that is busy, short enough for somebody who waits.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// Why no session begins.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// It was reached and does not answer.
    #[error("no answer within {} s", CONNECT_DEADLINE.as_secs())]
    Silence,
    /// It cannot be reached.
    #[error("{0}")]
    Network(std::io::Error),
    /// No encrypted connection comes about.
    #[error("no TLS: {0}")]
    Tls(String),
    /// It does not know or let in this role.
    #[error("{0}")]
    Credentials(String),
    /// It has no such database.
    #[error("{0}")]
    Name(String),
    /// Every connection is taken.
    #[error("{0}")]
    Room(String),
    /// It refuses what the worker's sessions begin with.
    #[error("{0}")]
    Setting(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// Opens a session as the worker's are, under a name of its own.
pub async fn connect(options: &PgConnectOptions) -> Result<PgConnection, ConnectError> {
    let options = options
        .clone()
        .application_name("audiohm-ingest check")
        .disable_statement_logging();
    match tokio::time::timeout(CONNECT_DEADLINE, options.connect()).await {
        Ok(connected) => connected.map_err(ConnectError::from),
        Err(_) => Err(ConnectError::Silence),
    }
}

impl From<sqlx::Error> for ConnectError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(error) => Self::Network(error),
            sqlx::Error::Tls(error) => Self::Tls(error.to_string()),
            sqlx::Error::Database(error) => {
                let message = error.message().to_owned();
                match error.code().as_deref().unwrap_or_default() {
                    "28000" | "28P01" => Self::Credentials(message),
                    "3D000" => Self::Name(message),
                    "53300" => Self::Room(message),
                    // undefined_object, invalid_parameter_value, and what a pooler says of settings it does not know
                    "42704" | "22023" | "08P01" => Self::Setting(message),
                    _ => Self::Other(message),
                }
            }
            other => Self::Other(other.to_string()),
        }
    }
}
