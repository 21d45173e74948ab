//! Connections: what every session of the worker sets, and a connection that is made when it is needed.

use crate::config::{Database, Server, SslMode};
use secrecy::ExposeSecret;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, PgConnection};
use std::time::Duration;

/// How long connecting may take, and any exchange that should be short.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// The settings of every session of the worker.
///
/// Without `plan_cache_mode` PostgreSQL may, from the sixth execution of a statement on, take each array for ten
/// rows and join by nested loops, at several times the cost. The time-outs are off by default, and a statement
/// whose client is gone would go on without them. Times without a zone are UTC in the library tables.
///
/// Every statement finds its rows by key. PostgreSQL reckons that thousands of keys in a table of up to some million
/// rows are found sooner by reading all of it, as they are not: a batch would cost more with each row of the table.
const SESSION: [(&str, &str); 8] = [
    ("plan_cache_mode", "force_custom_plan"),
    ("enable_seqscan", "off"),
    ("jit", "off"),
    ("statement_timeout", "30s"),
    ("lock_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "15s"),
    ("timezone", "UTC"),
    ("client_min_messages", "warning"),
];

/// What a worker's sessions call themselves where the settings say nothing.
pub const WORKER: &str = "audiohm-ingest";

/// How the driver connects to the database of the settings.
#[must_use]
pub fn options(database: &Database) -> PgConnectOptions {
    let mut options = PgConnectOptions::new()
        .port(database.port)
        .database(&database.name)
        .ssl_mode(ssl_mode(database.sslmode))
        .application_name(database.application_name.as_deref().unwrap_or(WORKER))
        .options(
            database
                .options
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
    options = match &database.server {
        Server::Host(host) => options.host(host),
        Server::Socket(directory) => options.socket(directory),
    };
    if let Some(user) = &database.user {
        options = options.username(user);
    }
    if let Some(password) = &database.password {
        options = options.password(password.expose_secret());
    }
    if let Some(certificate) = &database.sslrootcert {
        options = options.ssl_root_cert(certificate);
    }
    if let (Some(certificate), Some(key)) = (&database.sslcert, &database.sslkey) {
        options = options.ssl_client_cert(certificate).ssl_client_key(key);
    }
    options
}

fn ssl_mode(mode: SslMode) -> PgSslMode {
    match mode {
        SslMode::Disable => PgSslMode::Disable,
        SslMode::Prefer => PgSslMode::Prefer,
        SslMode::Require => PgSslMode::Require,
        SslMode::VerifyCa => PgSslMode::VerifyCa,
        SslMode::VerifyFull => PgSslMode::VerifyFull,
    }
}

/// The options with the settings of a worker's session; they win over the same settings in the URL. The driver
/// logs no statements: a slow one says nothing that the metrics do not.
#[must_use]
pub fn session(options: PgConnectOptions) -> PgConnectOptions {
    options.options(SESSION).disable_statement_logging()
}

/// A connection that is made when it is needed, and dropped when it is of no use any more.
#[derive(Debug)]
pub(super) struct Link {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
}

impl Link {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self {
            options,
            connection: None,
        }
    }

    /// The connection. Each use ends with [`Link::keep`] or the connection is dropped: one whose use was broken
    /// off, by an error or by dropping the future, may be in the middle of anything.
    pub(super) async fn take(&mut self) -> sqlx::Result<PgConnection> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => match tokio::time::timeout(PATIENCE, self.options.connect()).await {
                Ok(connected) => connected,
                Err(_) => Err(sqlx::Error::PoolTimedOut),
            },
        }
    }

    /// Keeps a connection for the next use.
    pub(super) fn keep(&mut self, connection: PgConnection) {
        self.connection = Some(connection);
    }
}
