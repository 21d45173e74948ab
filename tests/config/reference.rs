//! `config/default.toml`: complete, documented, and what the program does without any settings.

use std::time::Duration;

use audiohm_ingest::config::{
    AfterPatience, InitialPosition, LogFormat, OnGap, Origin, ParentCheck, Server, Sources, reference,
};

use crate::{config, loaded};

const KEYS: [&str; 23] = [
    "kafka.brokers",
    "kafka.topics",
    "kafka.group_id",
    "kafka.initial_position",
    "kafka.on_gap",
    "kafka.properties",
    "events.max_bytes",
    "events.max_clock_skew",
    "parents.patience",
    "parents.retry_interval",
    "parents.after_patience",
    "dead_letters.flood_breaker",
    "dead_letters.keep",
    "database.url",
    "batch.max_rows",
    "batch.max_bytes",
    "batch.max_wait",
    "writer.lanes",
    "writer.parent_check",
    "admin.listen",
    "shutdown.deadline",
    "log.format",
    "log.level",
];

#[test]
fn the_reference_has_every_key_of_the_contract_and_no_other() {
    let keys: Vec<_> = reference().into_iter().map(|doc| doc.key).collect();
    assert_eq!(keys, KEYS);
}

#[test]
fn every_key_of_the_reference_is_described() {
    for doc in reference() {
        assert!(doc.doc.len() > 20, "{} says {:?}", doc.key, doc.doc);
        assert!(!doc.default.is_empty(), "{}", doc.key);
    }
}

#[test]
fn the_reference_alone_is_a_whole_configuration() {
    let config = config(&Sources::default());
    assert_eq!(config.kafka.brokers, "localhost:9092");
    assert_eq!(config.kafka.topics, ["audiohm.plays", "audiohm.likes"]);
    assert_eq!(config.kafka.group_id, "audiohm-ingest");
    assert_eq!(config.kafka.initial_position, InitialPosition::Earliest);
    assert_eq!(config.kafka.on_gap, OnGap::Halt);
    assert!(config.kafka.properties.is_empty());
    assert_eq!(config.events.max_bytes, 256 * 1024);
    assert_eq!(config.events.max_clock_skew, Duration::from_mins(10));
    assert_eq!(config.parents.patience, Duration::from_hours(24));
    assert_eq!(config.parents.retry_interval, Duration::from_secs(5));
    assert_eq!(config.parents.after_patience, AfterPatience::Open);
    assert!(config.dead_letters.flood_breaker);
    assert_eq!(config.dead_letters.keep, Duration::from_hours(90 * 24));
    assert_eq!(config.database.server, Server::Host("localhost".to_owned()));
    assert_eq!(config.database.name, "audiohm");
    assert_eq!(config.batch.max_wait, Duration::from_millis(200));
    assert_eq!(config.writer.parent_check, ParentCheck::Database);
    assert_eq!(config.admin.listen.to_string(), "127.0.0.1:9464");
    assert_eq!(config.shutdown.deadline, Duration::from_secs(20));
    assert_eq!(config.log.format, LogFormat::Auto);
    assert_eq!(config.log.level, "info");
}

#[test]
fn the_settings_shown_are_the_keys_of_the_reference_in_its_order() {
    let settings = loaded(&Sources::default()).settings;
    let shown: Vec<_> = settings.iter().map(|setting| setting.key.clone()).collect();
    let keys: Vec<_> = reference().into_iter().map(|doc| doc.key).collect();
    assert_eq!(shown, keys);
    assert!(settings.iter().all(|setting| setting.origin == Origin::Default));
}
