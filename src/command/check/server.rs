//! The server itself: version, settings, clock.

use super::finding::{Check, Finding};
use crate::config::{self, Config, Database};
use crate::store::check::{self, Server};
use crate::store::{PgConnection, StoreError};

/// The oldest version that has all that the statements and migrations use.
const OLDEST: i32 = 13;
/// Clocks that are kept by NTP are well within this.
const CLOCKS_APART_MS: i64 = 2000;

/// Every finding about the server's version and settings.
pub(super) fn judge(config: &Config, server: &Server) -> Vec<Finding> {
    let place = place(&config.database);
    let session = format!("{place}, database {}, role {}", server.database, server.role);
    vec![
        Finding::ok(Check::Database, session),
        version(server),
        encoding(server),
        writable(server),
        durability(server),
    ]
}

/// Where the server is, without role and password.
pub(super) fn place(database: &Database) -> String {
    match &database.server {
        config::Server::Host(host) => format!("{host}:{}", database.port),
        config::Server::Socket(directory) => format!("{} (port {})", directory.display(), database.port),
    }
}

fn version(server: &Server) -> Finding {
    let version = server.version.split(' ').next().unwrap_or_default();
    if server.version_number / 10_000 < OLDEST {
        return Finding::fail(
            Check::Version,
            format!("PostgreSQL {version} is older than {OLDEST}"),
            "upgrade it",
        );
    }
    Finding::ok(Check::Version, format!("PostgreSQL {version}"))
}

fn encoding(server: &Server) -> Finding {
    let encoding = &server.encoding;
    if encoding == "UTF8" {
        return Finding::ok(Check::Encoding, encoding);
    }
    Finding::fail(
        Check::Encoding,
        format!("{encoding}, which cannot hold every text that an event may have"),
        "move the tables to a database made with encoding 'UTF8'",
    )
}

fn writable(server: &Server) -> Finding {
    if server.is_standby {
        return Finding::fail(
            Check::Writable,
            "the server is a standby and takes no writes",
            "let database.url lead to the primary",
        );
    }
    if server.is_read_only {
        return Finding::fail(
            Check::Writable,
            "default_transaction_read_only is on for this session",
            "reset it where it was set: for the role, the database or the server",
        );
    }
    Finding::ok(Check::Writable, "the server takes writes")
}

fn durability(server: &Server) -> Finding {
    if !server.fsync || !server.full_page_writes {
        let off = if server.fsync { "full_page_writes" } else { "fsync" };
        return Finding::warn(
            Check::Durability,
            format!("{off} is off: a crash of the machine may damage the whole database"),
            format!("set {off} = on, unless this database can be made anew at any time"),
        );
    }
    if server.synchronous_commit == "off" {
        return Finding::warn(
            Check::Durability,
            "synchronous_commit is off: a crash of the server may take the last commits back, rows and positions alike",
            "keep records in Kafka long enough to be read again, or set synchronous_commit = on for this role",
        );
    }
    let found = format!("fsync on, synchronous_commit {}", server.synchronous_commit);
    Finding::ok(Check::Durability, found)
}

/// The server's clock beside this machine's.
pub(super) async fn clock(connection: &mut PgConnection) -> Result<Vec<Finding>, StoreError> {
    let ahead = check::clock_ahead(connection).await?.num_milliseconds();
    Ok(vec![judge_clock(ahead)])
}

fn judge_clock(ahead_ms: i64) -> Finding {
    let apart = ahead_ms.unsigned_abs();
    let seconds = format!("{}.{:03} s", apart / 1000, apart % 1000);
    if apart <= CLOCKS_APART_MS.unsigned_abs() {
        return Finding::ok(
            Check::Clock,
            format!("this machine's and the server's are {seconds} apart"),
        );
    }
    let side = if ahead_ms > 0 { "ahead of" } else { "behind" };
    Finding::warn(
        Check::Clock,
        format!("the server's is {seconds} {side} this machine's; lag and freshness will be wrong by that"),
        "keep both clocks by NTP",
    )
}

#[cfg(test)]
mod tests;
