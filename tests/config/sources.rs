//! Which source wins, and how each is read.

use std::time::Duration;

use audiohm_ingest::config::{Flag, Origin, Sources};

use crate::{config, environment, file, loaded, only_fault, setting, with_file};

fn flag(key: &str, value: &str) -> Flag {
    Flag {
        name: "--set".to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

#[test]
fn a_later_source_wins_over_an_earlier_one_key_by_key() {
    let settings = file("[batch]\nmax_rows = 1\nmax_wait = '1ms'\n[writer]\nlanes = 1\n");
    let dotenv = file("INGEST__BATCH__MAX_ROWS=2\nINGEST__BATCH__MAX_WAIT=2ms\n");
    let mut sources = environment(&[("INGEST__BATCH__MAX_ROWS", "3"), ("INGEST__LOG__LEVEL", "warn")]);
    sources.config_file = Some(settings.path().to_owned());
    sources.env_file = Some(dotenv.path().to_owned());
    sources.flags = vec![flag("log.level", "debug")];
    let loaded = loaded(&sources);
    assert_eq!(loaded.config.writer.lanes, 1, "file over default");
    assert_eq!(
        loaded.config.batch.max_wait,
        Duration::from_millis(2),
        "env file over file"
    );
    assert_eq!(loaded.config.batch.max_rows, 3, "environment over env file");
    assert_eq!(loaded.config.log.level, "debug", "flag over environment");
    let origin = |key| setting(&loaded, key).origin.to_string();
    let (settings, dotenv) = (settings.path().display(), dotenv.path().display());
    assert_eq!(origin("writer.lanes"), format!("file {settings}, line 5"));
    assert_eq!(
        origin("batch.max_wait"),
        format!("env file {dotenv}, INGEST__BATCH__MAX_WAIT")
    );
    assert_eq!(origin("batch.max_rows"), "environment INGEST__BATCH__MAX_ROWS");
    assert_eq!(origin("log.level"), "flag --set");
    assert_eq!(origin("batch.max_bytes"), "default");
}

#[test]
fn every_kind_of_value_can_come_from_the_environment() {
    let config = config(&environment(&[
        ("INGEST__KAFKA__GROUP_ID", "42"),
        ("INGEST__KAFKA__TOPICS", r#"["a", "b"]"#),
        ("INGEST__DEAD_LETTERS__FLOOD_BREAKER", "false"),
        ("INGEST__EVENTS__MAX_BYTES", "1MiB"),
        ("INGEST__BATCH__MAX_BYTES", "2048"),
        ("INGEST__DEAD_LETTERS__KEEP", "1h 30m"),
        ("INGEST__ADMIN__LISTEN", "[::1]:0"),
    ]));
    assert_eq!(config.kafka.group_id, "42");
    assert_eq!(config.kafka.topics, ["a", "b"]);
    assert!(!config.dead_letters.flood_breaker);
    assert_eq!(config.events.max_bytes, 1 << 20);
    assert_eq!(config.batch.max_bytes, 2048);
    assert_eq!(config.dead_letters.keep, Duration::from_mins(90));
    assert_eq!(config.admin.listen.to_string(), "[::1]:0");
}

#[test]
fn sizes_are_plain_bytes_or_have_a_unit_of_1000_or_1024() {
    for (text, bytes) in [
        ("5000", 5000),
        ("5 kB", 5000),
        ("5KiB", 5120),
        ("5 mib", 5 << 20),
        ("5 MB", 5_000_000),
    ] {
        let config = config(&environment(&[("INGEST__BATCH__MAX_BYTES", text)]));
        assert_eq!(config.batch.max_bytes, bytes, "{text}");
    }
}

#[test]
fn a_value_file_counts_without_its_last_line_feed_only() {
    let value = file("two\nlines \n\n");
    let listed = file("[\"a\"]\n");
    let path = value.path().to_str().unwrap();
    let group = file("a group\n");
    let config = config(&environment(&[
        ("INGEST__KAFKA__GROUP_ID_FILE", group.path().to_str().unwrap()),
        ("INGEST__KAFKA__TOPICS_FILE", listed.path().to_str().unwrap()),
        ("INGEST__KAFKA__PROPERTIES__SASL_PASSWORD_FILE", path),
    ]));
    assert_eq!(config.kafka.group_id, "a group");
    assert_eq!(config.kafka.topics, ["a"]);
    let password = &config.kafka.properties["sasl.password"];
    assert_eq!(secrecy::ExposeSecret::expose_secret(password), "two\nlines \n");
}

#[test]
fn a_value_and_its_file_form_together_are_a_fault() {
    let value = file("a\n");
    let fault = only_fault(&environment(&[
        ("INGEST__KAFKA__GROUP_ID", "a"),
        ("INGEST__KAFKA__GROUP_ID_FILE", value.path().to_str().unwrap()),
    ]));
    assert!(
        fault.starts_with("kafka.group_id (environment INGEST__KAFKA__GROUP_ID_FILE): given twice"),
        "{fault}"
    );
}

#[test]
fn a_value_file_that_cannot_be_read_is_named() {
    let fault = only_fault(&environment(&[("INGEST__DATABASE__URL_FILE", "/does/not/exist")]));
    assert!(
        fault.starts_with(
            "database.url (environment INGEST__DATABASE__URL_FILE): the file /does/not/exist cannot be read"
        ),
        "{fault}"
    );
}

#[test]
fn files_that_cannot_be_read_are_named_together() {
    let sources = Sources {
        config_file: Some("/does/not/exist.toml".into()),
        env_file: Some("/does/not/exist.env".into()),
        ..Sources::default()
    };
    let faults = crate::faults(&sources);
    assert_eq!(faults.len(), 2);
    assert!(
        faults[0].starts_with("file /does/not/exist.toml: cannot be read"),
        "{faults:?}"
    );
    assert!(
        faults[1].starts_with("env file /does/not/exist.env: cannot be read"),
        "{faults:?}"
    );
}

#[test]
fn a_text_in_a_file_wants_quotes() {
    let settings = file("[kafka]\ngroup_id = 42\n");
    let fault = only_fault(&with_file(&settings));
    assert!(
        fault.ends_with("line 2): expected a text, found a number: quote it"),
        "{fault}"
    );
}

#[test]
fn an_unknown_flag_key_is_a_fault() {
    let sources = Sources {
        flags: vec![flag("kafka.topic", "a")],
        ..Sources::default()
    };
    assert_eq!(
        only_fault(&sources),
        "kafka.topic (flag --set): unknown setting; the nearest is kafka.topics"
    );
}

#[test]
fn database_url_of_the_environment_counts_only_where_ours_is_not_set() {
    let theirs = ("DATABASE_URL", "postgresql+asyncpg://u:p@theirs/a");
    let used = loaded(&environment(&[theirs]));
    let shown = setting(&used, "database.url");
    assert_eq!(shown.origin, Origin::Environment("DATABASE_URL".to_owned()));
    assert_eq!(shown.value, "postgresql+asyncpg://u:[redacted]@theirs/a");

    let ours = config(&environment(&[theirs, ("INGEST__DATABASE__URL", "postgres://ours/a")]));
    assert_eq!(format!("{:?}", ours.database.server), r#"Host("ours")"#);

    let settings = file("[database]\nurl = 'postgres://filed/a'\n");
    let mut sources = environment(&[theirs]);
    sources.config_file = Some(settings.path().to_owned());
    assert_eq!(format!("{:?}", config(&sources).database.server), r#"Host("filed")"#);
}

#[test]
fn an_env_file_is_read_as_the_backend_writes_it() {
    let cases = [
        ("DATABASE_URL=postgres://one/a # main\r\n", "one"),
        (
            "# DATABASE_URL=postgres://no/a\nexport DATABASE_URL = 'postgres://two/a' # x\n",
            "two",
        ),
        (
            "KEY=\"first\nDATABASE_URL=postgres://no/a\"\nDATABASE_URL=\"postgres://three/a\"",
            "three",
        ),
        (
            "DATABASE_URL=postgres://no/a\nnonsense\n\nDATABASE_URL=postgres://four/a\n",
            "four",
        ),
        (
            "OTHER__UNKNOWN=1\nINGEST__DATABASE__URL=postgres://five/a\nDATABASE_URL=postgres://no/a\n",
            "five",
        ),
    ];
    for (text, host) in cases {
        let dotenv = file(text);
        let sources = Sources {
            env_file: Some(dotenv.path().to_owned()),
            ..Sources::default()
        };
        let server = format!("{:?}", config(&sources).database.server);
        assert_eq!(server, format!("Host({host:?})"), "{text}");
    }
}

#[test]
fn the_environment_s_database_url_wins_over_the_env_file_s() {
    let dotenv = file("DATABASE_URL=postgres://file/a\n");
    let mut sources = environment(&[("DATABASE_URL", "postgres://environment/a")]);
    sources.env_file = Some(dotenv.path().to_owned());
    let server = format!("{:?}", config(&sources).database.server);
    assert_eq!(server, r#"Host("environment")"#);
}

#[test]
fn what_an_env_file_would_have_to_be_expanded_for_is_refused() {
    for text in [
        "DATABASE_URL=postgres://u:${PASSWORD}@h/a\n",
        "DATABASE_URL='postgres://h/a\n",
    ] {
        let dotenv = file(text);
        let sources = Sources {
            env_file: Some(dotenv.path().to_owned()),
            ..Sources::default()
        };
        let fault = only_fault(&sources);
        assert!(fault.contains("DATABASE_URL"), "{fault}");
        assert!(fault.contains("${...}") || fault.contains("never closed"), "{fault}");
    }
}
