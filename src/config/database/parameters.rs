//! What comes after the `?` of a database URL.

use std::path::PathBuf;

use url::Url;

use super::ssl::{self, SslMode};
use super::{Server, options};

/// The names that are understood; `ssl` is asyncpg's.
const NAMES: [&str; 8] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "options",
    "application_name",
    "host",
    "ssl",
];

/// The parameters of one URL.
#[derive(Default)]
pub(super) struct Parameters {
    pub(super) socket: Option<Server>,
    pub(super) sslrootcert: Option<PathBuf>,
    pub(super) sslcert: Option<PathBuf>,
    pub(super) sslkey: Option<PathBuf>,
    pub(super) options: Vec<(String, String)>,
    pub(super) application_name: Option<String>,
    sslmode: Option<SslMode>,
    ssl: Option<SslMode>,
}

impl Parameters {
    /// Reads all of them; fails with every mistake in one sentence, since they are one setting.
    pub(super) fn of(url: &Url) -> Result<Self, String> {
        let mut parameters = Self::default();
        let mut seen: Vec<String> = Vec::new();
        let mut mistakes = Vec::new();
        for (name, value) in url.query_pairs() {
            if seen.iter().any(|earlier| *earlier == name) {
                mistakes.push(format!("{name} is given twice"));
            } else if let Err(mistake) = parameters.put(&name, &value) {
                mistakes.push(mistake);
            }
            seen.push(name.into_owned());
        }
        if parameters.sslcert.is_some() != parameters.sslkey.is_some() {
            mistakes.push("sslcert and sslkey need each other".to_owned());
        }
        if mistakes.is_empty() {
            Ok(parameters)
        } else {
            Err(mistakes.join("; "))
        }
    }

    pub(super) fn sslmode(&self) -> SslMode {
        ssl::strictest(self.sslmode, self.ssl, self.sslrootcert.is_some())
    }

    fn put(&mut self, name: &str, value: &str) -> Result<(), String> {
        if NAMES.contains(&name) && (value.is_empty() || value.contains('\0')) {
            return Err(format!("{name} is empty or has a NUL character"));
        }
        let path = || Some(PathBuf::from(value));
        match name {
            "sslmode" => self.sslmode = Some(ssl::sslmode(value)?),
            "ssl" => self.ssl = Some(ssl::ssl(value)?),
            "sslrootcert" => self.sslrootcert = path(),
            "sslcert" => self.sslcert = path(),
            "sslkey" => self.sslkey = path(),
            "options" => self.options = options::parse(value)?,
            "application_name" => self.application_name = Some(value.to_owned()),
            "host" if value.starts_with('/') => self.socket = Some(Server::Socket(value.into())),
            "host" => {
                return Err("host is only for the directory of a Unix socket: write a host name after //".to_owned());
            }
            _ => return Err(unknown(name)),
        }
        Ok(())
    }
}

/// Shows the name only where it looks like one: in a broken URL it may be a piece of the password.
fn unknown(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_lowercase() || b"_-".contains(&byte);
    let shown = if name.bytes().all(plain) {
        format!("parameter `{name}`")
    } else {
        "a parameter".to_owned()
    };
    format!("{shown} is not known; known are {}", NAMES.join(", "))
}
