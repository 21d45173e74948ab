//! Takes a database URL apart, in libpq's form and in SQLAlchemy's.
//!
//! No message quotes the URL: it may hold a password, and a broken one may hold it anywhere.

use secrecy::SecretString;
use url::{Host, Url};

use super::parameters::Parameters;
use super::{Database, Server};
use crate::config::setting::REDACTED;

const DEFAULT_PORT: u16 = 5432;
const ENCODE: &str =
    "write special characters of user, password and parameters percent-encoded: @ as %40, / as %2F, # as %23, ? as %3F";

/// The parts of the text before anything is decoded.
struct Parts<'a> {
    scheme: &'a str,
    user: Option<&'a str>,
    password: Option<&'a str>,
    host_and_port: &'a str,
    /// From the `/` or `?` on.
    tail: &'a str,
}

/// The url crate refuses user names without a host and schemes with an underscore, which SQLAlchemy allows; so
/// both are cut off here.
fn split(text: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = text.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (credentials, host_and_port) = match authority.rsplit_once('@') {
        Some((credentials, host)) => (Some(credentials), host),
        None => (None, authority),
    };
    let (user, password) = match credentials.map(|it| it.split_once(':').ok_or(it)) {
        Some(Ok((user, password))) => (Some(user), Some(password)),
        Some(Err(user)) => (Some(user), None),
        None => (None, None),
    };
    Some(Parts {
        scheme,
        user,
        password,
        host_and_port,
        tail,
    })
}

/// The URL for people: the password is left out, and all of it where it cannot be told what is the password.
pub(in super::super) fn redacted(text: &str) -> String {
    match split(text) {
        None => REDACTED.to_owned(),
        Some(parts) if parts.password.is_none() => text.to_owned(),
        Some(Parts {
            scheme,
            user,
            host_and_port,
            tail,
            ..
        }) => {
            let user = user.unwrap_or_default();
            format!("{scheme}://{user}:{REDACTED}@{host_and_port}{tail}")
        }
    }
}

/// Reads the URL; fails with what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Database, String> {
    let parts = split(text).ok_or("expected postgres://USER:PASSWORD@HOST:PORT/DATABASE")?;
    let dialect = parts.scheme.split('+').next().unwrap_or_default();
    if !["postgres", "postgresql"].contains(&dialect) {
        return Err("expected postgres:// or postgresql://, with or without a driver such as +asyncpg".to_owned());
    }
    if parts.tail.contains(['@', '#']) {
        return Err(ENCODE.to_owned());
    }
    if parts.host_and_port.contains(',') {
        return Err("several hosts are not supported: name one".to_owned());
    }
    let host_and_port = match parts.host_and_port {
        port if port.is_empty() || port.starts_with(':') => format!("localhost{port}"),
        named => named.to_owned(),
    };
    let url = Url::parse(&format!("postgres://{host_and_port}{}", parts.tail))
        .map_err(|error| format!("host or port is wrong ({error}); {ENCODE}"))?;
    let parameters = Parameters::of(&url)?;
    if parameters.socket.is_some() && !parts.host_and_port.is_empty() {
        return Err("has a host both after // and as a parameter: keep one".to_owned());
    }
    let decoded = |part: Option<&str>| part.filter(|it| !it.is_empty()).map(decoded).transpose();
    Ok(Database {
        sslmode: parameters.sslmode(),
        server: match parameters.socket {
            Some(socket) => socket,
            None => server(&url)?,
        },
        port: url.port().unwrap_or(DEFAULT_PORT),
        name: database_name(&url)?,
        user: decoded(parts.user)?,
        password: decoded(parts.password)?.map(SecretString::from),
        sslrootcert: parameters.sslrootcert,
        sslcert: parameters.sslcert,
        sslkey: parameters.sslkey,
        options: parameters.options,
        application_name: parameters.application_name,
    })
}

fn server(url: &Url) -> Result<Server, String> {
    let host = match url.host() {
        Some(Host::Ipv6(address)) => address.to_string(),
        Some(host) => decoded(&host.to_string())?,
        None => return Err("names no host".to_owned()),
    };
    if host.starts_with('/') {
        return Ok(Server::Socket(host.into()));
    }
    Ok(Server::Host(host))
}

fn database_name(url: &Url) -> Result<String, String> {
    let name = url.path().strip_prefix('/').unwrap_or_default();
    if name.is_empty() {
        return Err("names no database: expected /DATABASE after the host".to_owned());
    }
    if name.contains('/') {
        return Err(ENCODE.to_owned());
    }
    decoded(name)
}

/// Percent-decoded. A `%` that begins no code stands for itself, as in SQLAlchemy.
fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let code = after.first_chunk::<2>().filter(|_| byte == b'%');
        let value = code.and_then(|code| Some(hex(code[0])? << 4 | hex(code[1])?));
        if let Some(value) = value {
            bytes.push(value);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(byte);
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err("a part of it is not UTF-8 or has a NUL character when decoded".to_owned()),
    }
}

fn hex(digit: u8) -> Option<u8> {
    u8::try_from(char::from(digit).to_digit(16)?).ok()
}
