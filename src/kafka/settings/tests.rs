use super::*;

fn with(properties: &[(&str, &str)]) -> Settings {
    let pair = |&(key, value): &(&str, &str)| (key.to_owned(), value.to_owned());
    Settings {
        brokers: "one:9092,two:9092".to_owned(),
        topics: vec!["plays".to_owned()],
        group_id: "ingest".to_owned(),
        initial_position: InitialPosition::Earliest,
        properties: properties.iter().map(pair).collect(),
    }
}

#[test]
fn what_the_guarantees_rest_on_wins_over_the_user() {
    for &(key, value) in CONSUMER_FIXED {
        let merged = consumer_settings(&with(&[(key, "something else")]));
        assert_eq!(merged.get(key).map(String::as_str), Some(value), "{key}");
    }
    let merged = consumer_settings(&with(&[("group.id", "other"), ("bootstrap.servers", "other")]));
    assert_eq!(merged["group.id"], "ingest");
    assert_eq!(merged["bootstrap.servers"], "one:9092,two:9092");
}

#[test]
fn other_spellings_of_fixed_settings_do_not_reach_the_client() {
    for key in DROPPED {
        assert!(!consumer_settings(&with(&[(key, "true")])).contains_key(*key), "{key}");
    }
}

#[test]
fn tuning_by_the_user_wins_over_the_defaults() {
    for &(key, value) in CLIENT_DEFAULTS.iter().chain(CONSUMER_DEFAULTS) {
        assert_eq!(consumer_settings(&with(&[]))[key], value);
        assert_eq!(consumer_settings(&with(&[(key, "7")]))[key], "7");
    }
}

#[test]
fn the_library_accepts_all_settings() {
    for merged in [
        consumer_settings(&with(&[("sasl.password", "secret")])),
        producer_settings(&with(&[])),
        admin_settings(&with(&[])),
    ] {
        client_config(merged).create_native_config().unwrap();
    }
}

#[test]
fn a_producer_waits_for_all_replicas_whatever_the_user_says() {
    let merged = producer_settings(&with(&[("acks", "0"), ("enable.idempotence", "false")]));
    assert_eq!(
        (merged["acks"].as_str(), merged["enable.idempotence"].as_str()),
        ("all", "true")
    );
}

#[test]
fn debug_output_shows_no_value_of_a_property() {
    let text = format!("{:?}", with(&[("sasl.password", "hunter2")]));
    assert!(text.contains("sasl.password"));
    assert!(!text.contains("hunter2"));
}
