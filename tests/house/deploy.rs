//! What is deployed is understood: settings in files that others start the worker with exist.

use crate::source::text_of;
use audiohm_ingest::config::{Sources, load, reference};
use std::fs;
use tempfile::TempDir;

const COMPOSE: &str = "docker-compose.yml";
const KUBERNETES: [&str; 2] = ["deploy/kubernetes/audiohm-ingest.yaml", "deploy/kubernetes/replay.yaml"];
const UNIT: &str = "deploy/systemd/audiohm-ingest.service";

#[test]
fn every_variable_in_a_deployed_file_is_a_setting() {
    let known: Vec<String> = reference()
        .into_iter()
        .map(|doc| format!("INGEST__{}", doc.key.replace('.', "__").to_uppercase()))
        .collect();
    let mut count = 0;
    for path in KUBERNETES.into_iter().chain([COMPOSE, UNIT]) {
        let text = text_of(path);
        let is_part = |character: char| character == '_' || character.is_ascii_uppercase();
        for word in text.split(|character| !is_part(character)) {
            if word.starts_with("INGEST__") {
                count += 1;
                let name = word.strip_suffix("_FILE").unwrap_or(word);
                assert!(known.iter().any(|known| known == name), "{path} sets {word}");
            }
        }
    }
    assert!(count > 4, "only {count} found");
}

#[test]
fn the_settings_in_the_manifest_of_kubernetes_are_taken() {
    let text = text_of(KUBERNETES[0]);
    let (_, rest) = text.split_once("  config.toml: |\n").expect("it has settings");
    let lines: Vec<_> = rest
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with("    "))
        .collect();
    assert!(lines.len() > 3);
    let directory = TempDir::new().expect("a directory can be made");
    let path = directory.path().join("config.toml");
    let settings = lines.join("\n").replace("\n    ", "\n");
    fs::write(&path, settings.trim_start()).expect("it can be written");
    let sources = Sources {
        config_file: Some(path),
        ..Sources::default()
    };
    let config = load(&sources, audiohm_ingest::kafka::judge)
        .expect("the settings are taken")
        .config;
    assert!(config.admin.listen.to_string().ends_with(":9464"));
}
