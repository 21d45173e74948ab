//! `database.url` in all its forms.

use std::path::PathBuf;

use audiohm_ingest::config::{Database, Server, SslMode};
use secrecy::ExposeSecret;

use crate::{config, environment, only_fault};

fn database(url: &str) -> Database {
    config(&environment(&[("INGEST__DATABASE__URL", url)])).database
}

fn fault(url: &str) -> String {
    only_fault(&environment(&[("INGEST__DATABASE__URL", url)]))
}

#[test]
fn every_scheme_of_sqlalchemy_means_the_same_database() {
    for scheme in [
        "postgres",
        "postgresql",
        "postgresql+asyncpg",
        "postgresql+psycopg",
        "postgresql+psycopg2",
        "postgresql+psycopg_async",
    ] {
        let database = database(&format!("{scheme}://me:secret@db.example:6543/music"));
        assert_eq!(database.server, Server::Host("db.example".to_owned()), "{scheme}");
        assert_eq!(database.port, 6543);
        assert_eq!(database.name, "music");
        assert_eq!(database.user.as_deref(), Some("me"));
        assert_eq!(database.password.unwrap().expose_secret(), "secret");
    }
}

#[test]
fn what_the_url_leaves_out_gets_its_default() {
    let database = database("postgres:///music");
    assert_eq!(database.server, Server::Host("localhost".to_owned()));
    assert_eq!(database.port, 5432);
    assert!(database.user.is_none() && database.password.is_none());
    assert_eq!(database.sslmode, SslMode::Prefer);
    assert!(database.options.is_empty() && database.application_name.is_none());
}

#[test]
fn a_user_without_a_host_connects_to_localhost() {
    for (url, port) in [
        ("postgresql://me:p@/music", 5432),
        ("postgresql://me:p@:6543/music", 6543),
    ] {
        let database = database(url);
        assert_eq!(database.server, Server::Host("localhost".to_owned()));
        assert_eq!((database.port, database.user.as_deref()), (port, Some("me")));
    }
}

#[test]
fn parts_are_percent_decoded_and_an_odd_percent_sign_stands_for_itself() {
    let database = database("postgres://m%40e:p%2F%3a%c3%a4+100%@h/m%20s");
    assert_eq!(database.user.as_deref(), Some("m@e"));
    assert_eq!(database.password.unwrap().expose_secret(), "p/:ä+100%");
    assert_eq!(database.name, "m s");
}

#[test]
fn a_socket_is_named_by_the_host_in_either_place() {
    for url in [
        "postgres:///a?host=/run/pg",
        "postgres://me@%2Frun%2Fpg/a",
        "postgres://me:p@/a?host=/run/pg",
    ] {
        assert_eq!(database(url).server, Server::Socket("/run/pg".into()), "{url}");
    }
    let address = database("postgres://[::1]:5433/a");
    assert_eq!((address.server, address.port), (Server::Host("::1".to_owned()), 5433));
}

#[test]
fn all_parameters_are_read() {
    let database = database(
        "postgres://h/a?sslmode=verify-full&sslrootcert=/ca&sslcert=/c&sslkey=/k&application_name=my%20app\
         &options=-c%20search_path%3Da%5C%20b%20--statement-timeout%3D5s%20-cjit%3Doff",
    );
    assert_eq!(database.sslmode, SslMode::VerifyFull);
    let path = |text: &str| Some(PathBuf::from(text));
    assert_eq!(
        (database.sslrootcert, database.sslcert, database.sslkey),
        (path("/ca"), path("/c"), path("/k"))
    );
    assert_eq!(database.application_name.as_deref(), Some("my app"));
    let options: Vec<_> = database
        .options
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        options,
        [("search_path", "a b"), ("statement_timeout", "5s"), ("jit", "off")]
    );
}

#[test]
fn tls_is_never_weaker_than_what_any_parameter_asks_for() {
    let cases = [
        ("sslmode=disable", SslMode::Disable),
        ("sslmode=allow", SslMode::Prefer),
        ("sslmode=prefer", SslMode::Prefer),
        ("sslmode=require", SslMode::Require),
        ("sslmode=verify-ca", SslMode::VerifyCa),
        ("ssl=require", SslMode::Require),
        ("ssl=verify-full", SslMode::VerifyFull),
        ("ssl=true", SslMode::VerifyFull),
        ("ssl=True", SslMode::VerifyFull),
        ("ssl=false", SslMode::Disable),
        ("ssl=false&sslmode=require", SslMode::Require),
        ("sslmode=disable&ssl=require", SslMode::Require),
        ("sslmode=verify-full&ssl=prefer", SslMode::VerifyFull),
        // libpq checks the certificate as soon as it is told by whom it must be signed
        ("sslmode=require&sslrootcert=/ca", SslMode::VerifyCa),
    ];
    for (parameters, mode) in cases {
        let url = format!("postgresql+asyncpg://h/a?{parameters}");
        assert_eq!(database(&url).sslmode, mode, "{parameters}");
    }
}

#[test]
fn wrong_urls_say_what_is_wrong() {
    let cases = [
        ("", "expected postgres://USER:PASSWORD@HOST:PORT/DATABASE"),
        (
            "host=h dbname=a",
            "expected postgres://USER:PASSWORD@HOST:PORT/DATABASE",
        ),
        ("mysql://h/a", "expected postgres:// or postgresql://"),
        ("postgres://h", "names no database"),
        ("postgres://h/", "names no database"),
        ("postgres://a,b/a", "several hosts are not supported"),
        ("postgres://h:99999/a", "host or port is wrong"),
        (
            "postgres://h/a?host=/run&user=x",
            "parameter `user` is not known; known are sslmode, sslrootcert,",
        ),
        ("postgres://h/a?host=/run", "has a host both"),
        (
            "postgres:///a?host=h",
            "host is only for the directory of a Unix socket",
        ),
        ("postgres://h/a?sslmode=requre", "the nearest is require"),
        ("postgres://h/a?ssl=maybe", "ssl also takes true and false"),
        (
            "postgres://h/a?sslmode=require&sslmode=disable",
            "sslmode is given twice",
        ),
        ("postgres://h/a?sslcert=/c", "sslcert and sslkey need each other"),
        ("postgres://h/a?options=fast", "options takes -c name=value"),
        ("postgres://h/a?application_name=", "application_name is empty"),
        ("postgres://u:%00@h/a", "NUL character"),
        ("postgres://u:%ff@h/a", "not UTF-8"),
    ];
    for (url, expected) in cases {
        let fault = fault(url);
        assert!(
            fault.starts_with("database.url (environment INGEST__DATABASE__URL): "),
            "{fault}"
        );
        assert!(fault.contains(expected), "{url} says {fault}");
    }
}

#[test]
fn several_mistakes_in_one_url_are_reported_together() {
    let fault = fault("postgres://h/a?foo=1&sslmode=x");
    assert!(
        fault.contains("parameter `foo` is not known") && fault.contains("sslmode is none of"),
        "{fault}"
    );
}

#[test]
fn no_message_holds_a_piece_of_a_password_that_was_not_encoded() {
    for url in [
        "postgres://u:hush/hush@h/a",
        "postgres://u:1/hush@h/a",
        "postgres://u:1?hush@h/a",
        "postgres://u:hush#hush@h/a",
        "postgres://u:hush@h:hush/a",
        "postgres://u:hush@h/a?HUSH=1",
        "postgres:/u:hush@h/a",
    ] {
        let fault = fault(url).to_ascii_lowercase();
        assert!(!fault.contains("hush"), "{url} says {fault}");
    }
}
