//! `docs/metrics.md` is made from the catalogue of metrics and the closed sets of labels.

use crate::page;
use audiohm_ingest::telemetry::label;
use audiohm_ingest::telemetry::metric::{CATALOGUE, Kind};
use std::fmt::Write;

fn quoted(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

#[test]
fn the_page_on_metrics_lists_the_catalogue() {
    let mut text = "| metric | type | labels | what it counts |\n|---|---|---|---|\n".to_owned();
    for metric in CATALOGUE {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram(_) => "histogram",
        };
        let _ = writeln!(
            text,
            "| `{}` | {kind} | {} | {} |",
            metric.name,
            quoted(metric.labels),
            metric.help
        );
    }
    page::hold("docs/metrics.md", "catalogue", &text);
}

#[test]
fn the_page_on_metrics_lists_the_values_of_the_labels() {
    let kinds: Vec<&str> = label::OUTCOMES_OF_KINDS.iter().map(|(kind, _)| *kind).collect();
    let rows: [(&str, &[&str]); 10] = [
        ("`mode`", &label::MODES),
        ("`kind`", &kinds),
        ("`outcome` of records", &label::OUTCOMES),
        ("`outcome` of transactions", &label::TRANSACTION_OUTCOMES),
        ("`reason`", &label::REASONS),
        ("`trigger`", &label::FLUSH_TRIGGERS),
        ("`cause` of retries", &label::RETRY_CAUSES),
        ("`cause` of pauses", &label::PAUSE_CAUSES),
        ("`cause` of halts", &label::HALT_CAUSES),
        ("`event`", &label::REBALANCE_EVENTS),
    ];
    let mut text = "| label | values |\n|---|---|\n".to_owned();
    for (label, values) in rows {
        let _ = writeln!(text, "| {label} | {} |", quoted(values));
    }
    page::hold("docs/metrics.md", "labels", &text);
}
