//! Every alert says what to do: it has a runbook, and each runbook has an alert.

use crate::page;
use crate::source::{files_below, text_of};
use std::fmt::Write;

const RULES: &str = "deploy/prometheus/rules.yml";
const SECTIONS: [&str; 5] = ["# ", "## Meaning", "## Impact", "## Diagnosis", "## Mitigation"];

/// An alert as it stands in the rules.
struct Alert {
    name: String,
    lines: Vec<String>,
}

impl Alert {
    /// What follows `key: ` on one of its lines.
    fn value(&self, key: &str) -> &str {
        let value = self.lines.iter().find_map(|line| line.split_once(&format!("{key}: ")));
        value.unwrap_or_else(|| panic!("{} has no {key}", self.name)).1
    }

    fn severity(&self) -> &str {
        self.value("severity").split([',', '}']).next().unwrap_or_default()
    }
}

fn alerts() -> Vec<Alert> {
    let text = text_of(RULES);
    let parts = text.split("- alert: ").skip(1);
    let alert = |part: &str| {
        let mut lines = part.lines().map(|line| line.trim().to_owned());
        Alert {
            name: lines.next().expect("a name"),
            lines: lines.take_while(|line| !line.starts_with("- ")).collect(),
        }
    };
    parts.map(alert).collect()
}

#[test]
fn every_alert_tells_how_bad_it_is_what_it_means_and_where_its_runbook_is() {
    let alerts = alerts();
    assert!(alerts.len() > 10, "only {} alerts found", alerts.len());
    for alert in &alerts {
        assert!(["critical", "warning"].contains(&alert.severity()), "{}", alert.name);
        assert!(!alert.value("summary").is_empty() && !alert.value("description").is_empty());
        assert_eq!(alert.value("runbook_url"), format!("docs/runbooks/{}.md", alert.name));
    }
}

#[test]
fn every_alert_has_a_runbook_and_every_runbook_an_alert() {
    let mut of_alerts: Vec<_> = alerts()
        .iter()
        .map(|alert| format!("docs/runbooks/{}.md", alert.name))
        .collect();
    of_alerts.sort();
    let mut found = files_below("docs/runbooks", "md");
    found.sort();
    assert_eq!(found, of_alerts);
    for path in found {
        let text = text_of(&path);
        let headings: Vec<_> = text.lines().filter(|line| line.starts_with('#')).collect();
        let as_wanted = headings.len() == SECTIONS.len()
            && headings
                .iter()
                .zip(SECTIONS)
                .all(|(found, wanted)| found.starts_with(wanted));
        assert!(as_wanted, "{path}: {headings:?}");
        assert!(
            path.ends_with(&format!("/{}.md", &headings[0][2..])),
            "{path}: {}",
            headings[0]
        );
        assert!(text.contains("```"), "{path} shows no command");
    }
}

#[test]
fn the_page_on_monitoring_lists_the_alerts() {
    let mut text = "| alert | severity | what has happened |\n|---|---|---|\n".to_owned();
    for alert in alerts() {
        let (name, severity, summary) = (&alert.name, alert.severity(), alert.value("summary"));
        let _ = writeln!(text, "| [{name}](runbooks/{name}.md) | {severity} | {summary} |");
    }
    page::hold("docs/monitoring.md", "alerts", &text);
}
