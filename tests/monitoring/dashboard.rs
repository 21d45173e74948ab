//! The dashboard as a file.

use serde_json::Value;
use std::path::Path;

/// What one panel or annotation asks.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// Where it stands, for messages.
    pub(crate) place: String,
    pub(crate) expression: String,
}

pub(crate) fn dashboard() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/grafana/dashboards/audiohm-ingest.json");
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).expect("the dashboard is JSON")
}

/// The rows, and every other panel wherever it is: a row that is folded up holds its own.
pub(crate) fn rows_and_panels(dashboard: &Value) -> (Vec<Value>, Vec<Value>) {
    let top = dashboard["panels"].as_array().unwrap();
    let (rows, mut panels): (Vec<_>, Vec<_>) = top.iter().cloned().partition(|panel| panel["type"] == "row");
    for row in &rows {
        panels.extend(row["panels"].as_array().unwrap().iter().cloned());
    }
    (rows, panels)
}

pub(crate) fn text<'json>(value: &'json Value, key: &str) -> &'json str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("no text {key} in {value}"))
}

/// Every expression of the panels.
pub(crate) fn questions_of_panels() -> Vec<Question> {
    let (_, panels) = rows_and_panels(&dashboard());
    let of_panel = |panel: &Value| {
        let targets = panel["targets"].as_array().unwrap().clone();
        let question = |target: &Value| Question {
            place: format!("panel {}, {}", text(panel, "title"), text(target, "refId")),
            expression: text(target, "expr").to_owned(),
        };
        targets.iter().map(question).collect::<Vec<_>>()
    };
    panels.iter().flat_map(of_panel).collect()
}

/// Every expression of the marks across all panels: they find something only when something has happened.
pub(crate) fn questions_of_marks() -> Vec<Question> {
    let dashboard = dashboard();
    let question = |mark: &Value| Question {
        place: format!("annotation {}", text(mark, "name")),
        expression: text(mark, "expr").to_owned(),
    };
    let marks = dashboard["annotations"]["list"].as_array().unwrap();
    marks.iter().map(question).collect()
}
