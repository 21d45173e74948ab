//! The database: a session as the worker's are, and everything that is asked in it.

use std::time::Duration;

use super::finding::{Check, Finding, skip_rest};
use super::{access, server, tables, zones};
use crate::command::wiring;
use crate::config::Config;
use crate::store::check::{self, ConnectError};
use crate::store::error::reason;
use crate::store::{PgConnection, StoreError};

/// Checks that need the database, but for the positions.
const OF_DATABASE: &[Check] = &[
    Check::Database,
    Check::Version,
    Check::Encoding,
    Check::Writable,
    Check::Durability,
    Check::Clock,
    Check::TimeZone,
    Check::Connections,
    Check::Schema,
    Check::ParentTables,
    Check::LibraryTables,
    Check::ForeignKeys,
    Check::Triggers,
    Check::ParentChecking,
    Check::RowSecurity,
    Check::Indexes,
    Check::Rights,
];

/// All questions together: each takes milliseconds where the database is well.
const ASK_WITHIN: Duration = Duration::from_secs(8);

/// Asks everything there is to ask.
pub(super) async fn look(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let why = match check::connect(&wiring::database(config)).await {
        Ok(connection) => {
            // what was found until then stays when time is up
            let asked = tokio::time::timeout(ASK_WITHIN, ask(connection, config, &mut findings)).await;
            if asked.is_err() {
                let found = format!("it did not answer everything within {} s", ASK_WITHIN.as_secs());
                let advice = "look at its load, at locks on schema ingest, and at the network";
                findings.push(Finding::fail(Check::Database, found, advice));
            }
            "the database stopped answering"
        }
        Err(error) => {
            findings.push(no_session(config, &error));
            "there is no session with the database"
        }
    };
    skip_rest(&mut findings, OF_DATABASE, why);
    findings
}

async fn ask(mut connection: PgConnection, config: &Config, findings: &mut Vec<Finding>) {
    let connection = &mut connection;
    let facts = check::server(connection).await;
    let (role, database) = match &facts {
        Ok(facts) => (facts.role.clone(), facts.database.clone()),
        Err(_) => ("ROLE".to_owned(), config.database.name.clone()),
    };
    take(
        findings,
        Check::Database,
        facts.map(|facts| server::judge(config, &facts)),
    );
    take(findings, Check::Clock, server::clock(connection).await);
    take(findings, Check::TimeZone, zones::judge(connection, &database).await);
    take(
        findings,
        Check::Connections,
        access::connections(connection, config).await,
    );
    findings.push(tables::schema(connection).await);
    take(findings, Check::ParentTables, tables::parents(connection).await);
    take(findings, Check::LibraryTables, tables::library(connection).await);
    take(findings, Check::ForeignKeys, tables::foreign_keys(connection).await);
    take(findings, Check::Triggers, tables::triggers(connection).await);
    take(
        findings,
        Check::ParentChecking,
        tables::parent_check(connection, config).await,
    );
    take(findings, Check::RowSecurity, tables::row_security(connection).await);
    take(findings, Check::Indexes, tables::indexes(connection).await);
    take(findings, Check::Rights, access::rights(connection, &role).await);
}

fn take(findings: &mut Vec<Finding>, check: Check, asked: Result<Vec<Finding>, StoreError>) {
    match asked {
        Ok(found) => findings.extend(found),
        Err(error) => findings.push(Finding::fail(
            check,
            format!("the database does not tell: {}", reason(&error)),
            "look at its log and at the rights of this role",
        )),
    }
}

fn no_session(config: &Config, error: &ConnectError) -> Finding {
    let place = server::place(&config.database);
    let advice = match error {
        ConnectError::Silence | ConnectError::Network(_) => "start PostgreSQL, or correct database.url",
        ConnectError::Tls(_) => "correct sslmode and the certificates in database.url",
        ConnectError::Credentials(_) => "correct role and password in database.url, or let the role in (pg_hba.conf)",
        ConnectError::Name(_) => "make the database, or correct its name in database.url",
        ConnectError::Room(_) => "raise max_connections, or close connections of others",
        ConnectError::Setting(_) => {
            "the worker's sessions need PostgreSQL 13 or later, and no pooler that refuses settings of a session"
        }
        ConnectError::Other(_) => "see that database.url leads to PostgreSQL, and look at its log",
    };
    Finding::fail(Check::Database, format!("no session at {place}: {error}"), advice)
}
