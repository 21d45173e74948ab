//! `[database]`: where PostgreSQL is, and as whom to connect.

mod options;
mod parameters;
mod ssl;
mod url;

use std::path::PathBuf;

use secrecy::SecretString;

use super::reader::Reader;
use super::value::Value;

pub use ssl::SslMode;
pub(super) use url::redacted;

/// `database.url` taken apart, decoded, ready for a driver.
#[derive(Debug, Clone)]
pub struct Database {
    /// Over the network or through a socket.
    pub server: Server,
    /// 5432 where the URL has none; also part of a socket's name.
    pub port: u16,
    /// The name of the database.
    pub name: String,
    /// `None`: the driver's default, as libpq has it.
    pub user: Option<String>,
    /// `None`: none, or whatever the driver finds by libpq's rules.
    pub password: Option<SecretString>,
    /// The strictest that the URL asks for.
    pub sslmode: SslMode,
    /// Certificates that the server's one is checked against; `None`: those of the system.
    pub sslrootcert: Option<PathBuf>,
    /// Our certificate; there exactly when `sslkey` is.
    pub sslcert: Option<PathBuf>,
    /// The key of `sslcert`.
    pub sslkey: Option<PathBuf>,
    /// Server settings of each session, by name, in the order given.
    pub options: Vec<(String, String)>,
    /// How sessions call themselves; `None`: as the program likes.
    pub application_name: Option<String>,
}

/// How the server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server {
    /// Host name or IP address, an IPv6 address without brackets.
    Host(String),
    /// Directory of the Unix socket.
    Socket(PathBuf),
}

impl Database {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        reader.read("database.url", |value| match value {
            Value::Text(text) => url::parse(text),
            _ => Err("expected a text".to_owned()),
        })
    }
}
