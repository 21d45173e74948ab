//! The settings as a user meets them: what is read from where, which source wins, and what every mistake says.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in what its functions share too"
)]

mod database_url;
mod faults;
mod printing;
mod properties;
mod reference;
mod sources;

use std::io::Write;

use audiohm_ingest::config::{Config, Loaded, Setting, Sources, load};
use audiohm_ingest::kafka::judge;
use tempfile::NamedTempFile;

/// Nothing but these environment variables.
fn environment(variables: &[(&str, &str)]) -> Sources {
    Sources {
        environment: variables
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
        ..Sources::default()
    }
}

/// A file with this content; gone when it is dropped.
fn file(content: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file
}

/// `--config` with this content; the file must outlive the sources.
fn with_file(file: &NamedTempFile) -> Sources {
    Sources {
        config_file: Some(file.path().to_owned()),
        ..Sources::default()
    }
}

fn loaded(sources: &Sources) -> Loaded {
    load(sources, judge).unwrap_or_else(|faults| panic!("expected no fault, got:\n{faults}"))
}

fn config(sources: &Sources) -> Config {
    loaded(sources).config
}

/// The faults as they are printed, one line each.
fn faults(sources: &Sources) -> Vec<String> {
    let faults = load(sources, judge).expect_err("expected faults");
    faults.to_string().lines().map(str::to_owned).collect()
}

/// The one fault that there must be.
fn only_fault(sources: &Sources) -> String {
    let mut lines = faults(sources);
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

fn setting(loaded: &Loaded, key: &str) -> Setting {
    let found = loaded.settings.iter().find(|setting| setting.key == key);
    found.unwrap_or_else(|| panic!("no setting {key}")).clone()
}
