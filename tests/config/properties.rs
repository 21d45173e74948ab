//! `kafka.properties`: names, values, refusals, secrets.

use secrecy::ExposeSecret;

use crate::{config, environment, faults, file, loaded, only_fault, setting, with_file};

const SETTINGS: &str = r#"
[kafka]
brokers = "b:1"
[kafka.properties]
security.protocol = "SASL_SSL"
sasl.password = "hush-1"
"session.timeout.ms" = 6000
"socket.keepalive.enable" = true
"ssl.key.password" = "hush-2"
"#;

#[test]
fn names_may_be_dotted_or_quoted_and_values_of_three_types() {
    let settings = file(SETTINGS);
    let properties = config(&with_file(&settings)).kafka.properties;
    let found: Vec<_> = properties
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose_secret()))
        .collect();
    assert_eq!(
        found,
        [
            ("sasl.password", "hush-1"),
            ("security.protocol", "SASL_SSL"),
            ("session.timeout.ms", "6000"),
            ("socket.keepalive.enable", "true"),
            ("ssl.key.password", "hush-2"),
        ]
    );
}

#[test]
fn the_environment_sets_single_properties_or_a_table() {
    let settings = file(SETTINGS);
    let mut sources = environment(&[
        ("INGEST__KAFKA__PROPERTIES__SASL_PASSWORD", "0123"),
        ("INGEST__KAFKA__PROPERTIES__LOG_LEVEL", "7"),
        (
            "INGEST__KAFKA__PROPERTIES",
            r#"{ "client.id" = "me", client.rack = "r" }"#,
        ),
    ]);
    sources.config_file = Some(settings.path().to_owned());
    let properties = config(&sources).kafka.properties;
    let value = |name: &str| properties[name].expose_secret().to_owned();
    assert_eq!(value("sasl.password"), "0123", "environment over file, text raw");
    assert_eq!(value("security.protocol"), "SASL_SSL", "the file's others stay");
    assert_eq!(value("log_level"), "7");
    assert_eq!(
        (value("client.id"), value("client.rack")),
        ("me".to_owned(), "r".to_owned())
    );
}

#[test]
fn a_name_of_the_client_that_ends_in_file_is_no_value_file() {
    // it is known by its name; this build of the client goes without it, and says so
    let name = "INGEST__KAFKA__PROPERTIES__SASL_OAUTHBEARER_ASSERTION_FILE";
    let fault = only_fault(&environment(&[(name, "/etc/a")]));
    assert!(
        fault.starts_with("kafka.properties.sasl.oauthbearer.assertion.file (environment "),
        "{fault}"
    );
    assert!(fault.contains("not supported in this build"), "{fault}");
}

#[test]
fn settings_that_the_guarantee_rests_on_are_refused_under_every_name() {
    let refused = [
        "bootstrap.servers",
        "metadata.broker.list",
        "auto.commit.enable",
        "offset.store.method",
        "enable.partition.eof",
        "plugin.library.paths",
        "group.id",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "auto.offset.reset",
        "isolation.level",
        "group.protocol",
        "partition.assignment.strategy",
        "allow.auto.create.topics",
    ];
    for name in refused {
        let settings = file(&format!("[kafka.properties]\n{name} = 'x'\n"));
        let fault = only_fault(&with_file(&settings));
        assert!(fault.starts_with(&format!("kafka.properties.{name} (file ")), "{fault}");
        assert!(fault.contains("cannot be set: "), "{fault}");
        let variable = name.replace('.', "_").to_ascii_uppercase();
        let variable = format!("INGEST__KAFKA__PROPERTIES__{variable}");
        let fault = only_fault(&environment(&[(&variable, "x")]));
        assert!(fault.contains("cannot be set: "), "{fault}");
    }
}

#[test]
fn an_unknown_property_names_the_nearest() {
    let settings = file("[kafka.properties]\nsasl.pasword = 'hush-3'\n");
    let fault = only_fault(&with_file(&settings));
    assert!(
        fault.ends_with("librdkafka has no such setting; the nearest is sasl.password"),
        "{fault}"
    );
    assert_eq!(
        only_fault(&environment(&[("INGEST__KAFKA__PROPERTIES__SASL_PASWORD_FILE", "x")])),
        "environment INGEST__KAFKA__PROPERTIES__SASL_PASWORD_FILE: unknown setting; the nearest is \
         INGEST__KAFKA__PROPERTIES__SASL_PASSWORD_FILE"
    );
}

#[test]
fn a_property_is_no_list_and_the_properties_are_a_table() {
    let settings = file("[kafka.properties]\nsasl.password = ['hush-4']\ndebug = 1979-05-27\n");
    let list = faults(&with_file(&settings));
    assert_eq!(list.len(), 2, "{list:?}");
    assert!(
        list.iter()
            .all(|line| line.ends_with("expected a text, a number, true or false"))
    );
    assert!(!list.concat().contains("hush"));
    let settings = file("[kafka]\nproperties = 'hush-5'\n");
    for sources in [
        with_file(&settings),
        environment(&[("INGEST__KAFKA__PROPERTIES", "hush-5")]),
    ] {
        let fault = only_fault(&sources);
        assert!(
            fault.contains(r#"expected a table such as { "client.id" = "a" }"#),
            "{fault}"
        );
        assert!(!fault.contains("hush"));
    }
}

#[test]
fn the_same_property_dotted_and_quoted_is_a_fault() {
    let settings = file("[kafka.properties]\nclient.id = 'a'\n'client.id' = 'b'\n");
    let fault = only_fault(&with_file(&settings));
    assert!(fault.starts_with("kafka.properties.client.id (file "), "{fault}");
    assert!(fault.contains("given twice"), "{fault}");
}

#[test]
fn secrets_are_shown_nowhere() {
    let settings = file(SETTINGS);
    let mut sources = environment(&[
        ("INGEST__DATABASE__URL", "postgres://me:hush-6@h/a?sslmode=require"),
        ("INGEST__KAFKA__PROPERTIES__SASL_USERNAME", "hush-7"),
        ("INGEST__KAFKA__PROPERTIES__SSL_KEYSTORE_PASSWORD", "hush-8"),
        ("INGEST__KAFKA__PROPERTIES__SSL_KEY_PEM", "hush-9"),
    ]);
    sources.config_file = Some(settings.path().to_owned());
    let loaded = loaded(&sources);
    let printed = format!("{loaded:?}");
    assert!(!printed.contains("hush"), "{printed}");
    let value = |key| setting(&loaded, key).value;
    assert_eq!(value("database.url"), "postgres://me:[redacted]@h/a?sslmode=require");
    assert_eq!(value("kafka.properties.sasl.password"), "[redacted]");
    assert_eq!(value("kafka.properties.security.protocol"), "SASL_SSL");
}

#[test]
fn a_value_that_the_client_does_not_take_is_a_fault_like_any_other() {
    let settings = file(
        "[kafka.properties]\nsession.timeout.ms = 'soon'\nsecurity.protocol = 'TLS'\nlinger.ms = 900001\n\
         sasl.oauthbearer.method = 'oidc'\nclient.id = 'x'\n[writer]\nlanes = 0\n",
    );
    let path = settings.path().display().to_string();
    let why = "librdkafka does not take this value";
    assert_eq!(
        faults(&with_file(&settings)),
        [
            format!(
                "kafka.properties.linger.ms (file {path}, line 4): {why}: Configuration property \"queue.buffering.max.ms\" \
                 value 900001 is outside allowed range 0..900000"
            ),
            format!(
                "kafka.properties.sasl.oauthbearer.method (file {path}, line 5): {why}: Configuration property \
                 \"sasl.oauthbearer.method\" not supported in this build: OAuth/OIDC depends on libcurl and OpenSSL which were \
                 not available at build time"
            ),
            format!(
                "kafka.properties.security.protocol (file {path}, line 3): {why}: Invalid value \"TLS\" for configuration \
                 property \"security.protocol\""
            ),
            format!(
                "kafka.properties.session.timeout.ms (file {path}, line 2): {why}: Invalid value for configuration property \
                 \"session.timeout.ms\""
            ),
            format!("writer.lanes (file {path}, line 8): expected a whole number from 1 to 64, found 0"),
        ]
    );
}

#[test]
fn a_secret_that_the_client_does_not_take_is_not_shown() {
    let settings = file("[kafka.properties]\nsasl.password = 'hush-10'\n");
    let quoting = |_: &str, value: &str| Err(format!("Invalid value {value}"));
    let faults = audiohm_ingest::config::load(&with_file(&settings), quoting).unwrap_err();
    let fault = faults.to_string();
    assert!(fault.ends_with("librdkafka does not take this value"), "{fault}");
}
