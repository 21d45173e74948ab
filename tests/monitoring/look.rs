//! How the dashboard is made: what a reader, Grafana and a second installation need of it.

use crate::dashboard::{dashboard, questions_of_marks, questions_of_panels, rows_and_panels, text};
use crate::selector::selectors;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ROWS: [&str; 8] = [
    "Is it OK?",
    "Freshness",
    "Kafka",
    "Batches",
    "Database",
    "Failures",
    "Replay",
    "Process",
];
/// Names of units in Grafana; one that it does not know is shown as a text behind the value.
const UNITS: [&str; 6] = ["s", "short", "cps", "bytes", "percentunit", "string"];

#[test]
fn the_dashboard_can_be_provisioned_again_and_again() {
    let dashboard = dashboard();
    assert_eq!(dashboard["uid"], "audiohm-ingest", "links lead to it by this id");
    assert_eq!(dashboard["editable"], false);
    for key in ["id", "__inputs", "__requires"] {
        assert!(dashboard.get(key).is_none(), "{key} belongs to one Grafana");
    }
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let variables: Vec<_> = variables
        .iter()
        .map(|it| (text(it, "name"), text(it, "type")))
        .collect();
    assert_eq!(variables, [("datasource", "datasource")]);
}

#[test]
fn the_rows_are_in_the_order_in_which_one_asks() {
    let (rows, _) = rows_and_panels(&dashboard());
    let titles: Vec<_> = rows.iter().map(|row| text(row, "title")).collect();
    assert_eq!(titles, ROWS);
}

#[test]
fn every_panel_has_a_title_a_question_with_what_to_do_a_unit_and_the_data_source() {
    let (rows, panels) = rows_and_panels(&dashboard());
    let source = json!({"type": "prometheus", "uid": "${datasource}"});
    let mut titles = BTreeSet::new();
    for panel in &panels {
        let title = text(panel, "title");
        assert!(titles.insert(title), "two panels are called {title}");
        let (question, advice) = text(panel, "description").split_once('?').expect("a question");
        assert!(question.len() > 10 && advice.len() > 20, "{title}: too little is said");
        let unit = panel["fieldConfig"]["defaults"]["unit"].as_str();
        assert!(unit.is_some_and(|unit| UNITS.contains(&unit)), "{title}: unit {unit:?}");
        assert_eq!(panel["datasource"], source, "{title}");
        assert!(!panel["targets"].as_array().unwrap().is_empty(), "{title}");
    }
    let ids: BTreeSet<_> = rows.iter().chain(&panels).map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids.len(), rows.len() + panels.len(), "each id is there once");
    assert!(panels.len() > 30, "only {} panels found", panels.len());
}

#[test]
fn no_panel_lies_on_another() {
    let (rows, panels) = rows_and_panels(&dashboard());
    let mut taken = BTreeSet::new();
    for panel in rows.iter().chain(&panels) {
        let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        assert!(at("x") + at("w") <= 24, "{} leaves the page", text(panel, "title"));
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                assert!(taken.insert((x, y)), "{} covers another", text(panel, "title"));
            }
        }
    }
}

#[test]
fn every_selector_names_the_job_and_counters_are_only_asked_for_their_rate() {
    for question in questions_of_panels().into_iter().chain(questions_of_marks()) {
        let found = selectors(&question.expression);
        assert!(!found.is_empty(), "{}: asks for nothing", question.place);
        for selector in found {
            let what = format!("{}: {}", question.place, selector.text);
            assert!(selector.text.contains("job=\"audiohm-ingest\""), "{what}");
            let counts = ["_total", "_bucket", "_count", "_sum"];
            let is_counter = counts.iter().any(|end| selector.metric.ends_with(end));
            assert!(!is_counter || selector.is_range, "{what} is a counter");
        }
    }
}

#[test]
fn a_rate_in_a_panel_follows_the_width_of_the_page() {
    let has_a_range = |value: &str| value.contains('[');
    for question in questions_of_panels() {
        let rest = question.expression.replace("[$__rate_interval]", "");
        assert!(!has_a_range(&rest), "{}: {}", question.place, question.expression);
    }
}

/// Values as JSON has them, so that a key with a slip is not taken for one that is missing.
#[test]
fn no_panel_has_a_key_that_others_lack_by_a_slip() {
    let known = [
        "id",
        "type",
        "title",
        "description",
        "datasource",
        "gridPos",
        "targets",
        "fieldConfig",
        "options",
        "transformations",
    ];
    for panel in rows_and_panels(&dashboard()).1 {
        let Value::Object(panel) = panel else {
            panic!("{panel} is no panel")
        };
        for key in panel.keys() {
            assert!(known.contains(&key.as_str()), "{key}");
        }
    }
}
