//! How strictly the connection is protected, in PostgreSQL's words and in asyncpg's.

use super::super::key::closest;

/// From the laxest to the strictest, so that the larger one is the safer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SslMode {
    /// Never encrypted.
    Disable,
    /// Encrypted where the server can. `allow` is read as this, the stricter of the two.
    Prefer,
    /// Encrypted, whoever the server is.
    Require,
    /// And the server's certificate is signed by someone known.
    VerifyCa,
    /// And it is issued for this host.
    VerifyFull,
}

const MODES: [(&str, SslMode); 6] = [
    ("disable", SslMode::Disable),
    ("allow", SslMode::Prefer),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-ca", SslMode::VerifyCa),
    ("verify-full", SslMode::VerifyFull),
];

/// The value of `sslmode`.
pub(super) fn sslmode(text: &str) -> Result<SslMode, String> {
    let found = MODES.iter().find(|(name, _)| *name == text);
    found.map(|(_, mode)| *mode).ok_or_else(|| {
        let names: Vec<_> = MODES.iter().map(|(name, _)| *name).collect();
        let nearest = closest(text, names.iter().copied()).unwrap_or_default();
        format!("sslmode is none of {}; the nearest is {nearest}", names.join(", "))
    })
}

/// The value of asyncpg's `ssl`: the words of `sslmode`, or a truth value. asyncpg checks certificate and host
/// for a true one, so it must be no less here.
pub(super) fn ssl(text: &str) -> Result<SslMode, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "on" | "yes" => Ok(SslMode::VerifyFull),
        "false" | "0" | "off" | "no" => Ok(SslMode::Disable),
        other => sslmode(other)
            .map_err(|message| format!("{message} (ssl also takes true and false)").replacen("sslmode", "ssl", 1)),
    }
}

/// The strictest of what is asked for. As in libpq, naming the certificates makes `require` check them.
pub(super) fn strictest(sslmode: Option<SslMode>, ssl: Option<SslMode>, has_root: bool) -> SslMode {
    match sslmode.max(ssl).unwrap_or(SslMode::Prefer) {
        SslMode::Require if has_root => SslMode::VerifyCa,
        mode => mode,
    }
}
