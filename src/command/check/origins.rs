//! The settings were read, or there would be no check: where they come from.

use std::collections::BTreeMap;

use super::finding::{Check, Finding};
use crate::config::{Origin, Setting};

/// How many settings come from where.
pub(super) fn judge(settings: &[Setting]) -> Finding {
    let mut origins: BTreeMap<String, usize> = BTreeMap::new();
    for setting in settings {
        *origins.entry(name(&setting.origin)).or_default() += 1;
    }
    let origins: Vec<_> = origins
        .into_iter()
        .map(|(origin, count)| format!("{count} from {origin}"))
        .collect();
    Finding::ok(Check::Settings, origins.join(", "))
}

fn name(origin: &Origin) -> String {
    match origin {
        Origin::Default => "the defaults".to_owned(),
        Origin::File { path, .. } => format!("file {}", path.display()),
        Origin::EnvFile { path, .. } => format!("env file {}", path.display()),
        Origin::Environment(_) => "the environment".to_owned(),
        Origin::Flag(_) => "flags".to_owned(),
    }
}
