//! What every mistake says.

use audiohm_ingest::config::Fault;
use audiohm_ingest::kafka::judge;

use crate::{environment, faults, file, only_fault, with_file};

#[test]
fn five_mistakes_are_reported_together_and_sorted() {
    let settings = file("[writer]\nlanes = 0\n[kafka]\nbroker = 'x'\n[batch]\nmax_rows = 'many'\n");
    let mut sources = environment(&[("INGEST__LOG__FORMAT", "jsn"), ("INGEST__BATCH_MAX_WAIT", "1s")]);
    sources.config_file = Some(settings.path().to_owned());
    let path = settings.path().display();
    assert_eq!(
        faults(&sources),
        [
            "environment INGEST__BATCH_MAX_WAIT: unknown setting; the nearest is INGEST__BATCH__MAX_WAIT".to_owned(),
            format!("batch.max_rows (file {path}, line 6): expected a whole number from 1 to 100000, found many"),
            format!("kafka.broker (file {path}, line 4): unknown setting; the nearest is kafka.brokers"),
            "log.format (environment INGEST__LOG__FORMAT): expected one of auto, json, text; found `jsn`, \
             the nearest is json"
                .to_owned(),
            format!("writer.lanes (file {path}, line 2): expected a whole number from 1 to 64, found 0"),
        ]
    );
    let listed = audiohm_ingest::config::load(&sources, judge).unwrap_err();
    let lines: Vec<_> = listed.list().iter().map(Fault::to_string).collect();
    assert_eq!(lines, faults(&sources));
}

#[test]
fn unknown_names_in_a_file_name_the_nearest() {
    let cases = [
        (
            "[kafak]\nbrokers = 'a:1'\n",
            "kafak (",
            "unknown section; the nearest is kafka",
        ),
        (
            "brokers = 'a:1'\n",
            "brokers (",
            "unknown setting; the nearest is kafka.brokers",
        ),
        (
            "[kafka]\nmax_rows = 1\n",
            "kafka.max_rows (",
            "unknown setting; the nearest is batch.max_rows",
        ),
        (
            "[kafka.topic]\na = 1\n",
            "kafka.topic (",
            "unknown setting; the nearest is kafka.topics",
        ),
        ("kafka = 1\n", "kafka (", "is a section: write [kafka]"),
        (
            "[batch.max_rows]\na = 1\n",
            "batch.max_rows (",
            "expected a whole number from 1 to 100000, found a table",
        ),
    ];
    for (text, start, end) in cases {
        let settings = file(text);
        let fault = only_fault(&with_file(&settings));
        assert!(fault.starts_with(start) && fault.ends_with(end), "{fault}");
    }
}

#[test]
fn a_file_that_is_no_toml_is_reported_by_line_without_its_text() {
    let settings = file("[database]\nurl = \"postgres://u:hush@h/a\nx\n");
    let lines = faults(&with_file(&settings));
    assert!(lines[0].contains("line 2: no valid TOML: "), "{lines:?}");
    assert!(!lines.concat().contains("hush"), "{lines:?}");
}

#[test]
fn values_out_of_their_bounds_say_the_bounds() {
    let cases = [
        (
            "KAFKA__BROKERS",
            "localhost",
            "expected host:port, several with commas between them, found `localhost`",
        ),
        (
            "KAFKA__BROKERS",
            "a:1,,b:2",
            "expected host:port, several with commas between them, found ``",
        ),
        ("KAFKA__BROKERS", "a:70000", "found `a:70000`"),
        ("KAFKA__BROKERS", "SSL://a:1", "found `SSL://a:1`"),
        ("KAFKA__TOPICS", "a", r#"expected a list such as ["a", "b"]"#),
        ("KAFKA__TOPICS", "[1]", r#"expected a list such as ["a", "b"]"#),
        ("KAFKA__TOPICS", "[]", "names no topic"),
        ("KAFKA__TOPICS", r#"["a", "b", "a"]"#, "names `a` twice"),
        ("KAFKA__TOPICS", r#"["^a.*"]"#, "`^a.*` is no topic name"),
        ("KAFKA__TOPICS", r#"[".."]"#, "`..` is no topic name"),
        ("KAFKA__GROUP_ID", " ", "is empty"),
        ("KAFKA__GROUP_ID", "a\n", "control character"),
        ("KAFKA__INITIAL_POSITION", "earlist", "the nearest is earliest"),
        ("EVENTS__MAX_BYTES", "0", "from 1 B to 64 MiB, found 0"),
        ("EVENTS__MAX_BYTES", "99999999999999999999 GiB", "from 1 B to 64 MiB"),
        ("EVENTS__MAX_CLOCK_SKEW", "10", "expected a duration with its unit"),
        ("PARENTS__RETRY_INTERVAL", "6m", "from 10ms to 5m, found 6m"),
        ("DEAD_LETTERS__KEEP", "0s", "from 1s to 3650d, found 0s"),
        (
            "DEAD_LETTERS__FLOOD_BREAKER",
            "yes",
            "expected true or false, found yes",
        ),
        ("BATCH__MAX_ROWS", "", "expected a whole number from 1 to 100000"),
        ("BATCH__MAX_ROWS", "-1", "found -1"),
        ("WRITER__LANES", "65", "from 1 to 64, found 65"),
        ("WRITER__PARENT_CHECK", "databse", "the nearest is database"),
        ("ADMIN__LISTEN", "9464", "such as 127.0.0.1:9464"),
        ("LOG__LEVEL", "inof", "the nearest is info"),
        ("LOG__LEVEL", "info,sqlx=loud", "found `info,sqlx=loud`"),
    ];
    for (variable, value, expected) in cases {
        let variable = format!("INGEST__{variable}");
        let fault = only_fault(&environment(&[(&variable, value)]));
        assert!(fault.contains(&format!("(environment {variable}): ")), "{fault}");
        assert!(fault.contains(expected), "{fault}");
    }
}

#[test]
fn levels_per_target_and_several_brokers_are_taken() {
    let config = crate::config(&environment(&[
        ("INGEST__LOG__LEVEL", "warn,audiohm_ingest::store=debug"),
        ("INGEST__KAFKA__BROKERS", "a_1.b-c:1, [::1]:9092"),
    ]));
    assert_eq!(config.log.level, "warn,audiohm_ingest::store=debug");
    assert_eq!(config.kafka.brokers, "a_1.b-c:1,[::1]:9092");
}

#[cfg(unix)]
#[test]
fn a_value_that_is_no_utf_8_is_a_fault_only_in_our_variables() {
    use std::os::unix::ffi::OsStringExt;

    let broken = std::ffi::OsString::from_vec(vec![b'a', 0xff]);
    let mut sources = environment(&[]);
    sources.environment.push(("OTHER".into(), broken.clone()));
    sources.environment.push((broken.clone(), broken.clone()));
    crate::loaded(&sources);
    sources.environment.push(("INGEST__LOG__LEVEL".into(), broken));
    assert_eq!(
        only_fault(&sources),
        "log.level (environment INGEST__LOG__LEVEL): the value is not UTF-8"
    );
}
