//! Events on the pages are events, and the reasons of dead letters are all there are.

use crate::page;
use crate::source::text_of;
use audiohm_ingest::event::{Decoded, Header, Limits, RawRecord, Reason, Timestamp, decode};
use std::time::Duration;
use uuid::Uuid;

/// 2026-12-31T00:00:00Z, later than every example.
const RECORD_TIMESTAMP: i64 = 1_798_675_200_000;
const CLOUD_EVENT: Header<'_> = Header {
    name: "content-type",
    value: Some(b"application/cloudevents+json"),
};

fn decoded(value: &str, headers: &[Header<'_>]) -> Decoded {
    let record = RawRecord {
        value: Some(value.as_bytes()),
        headers,
        timestamp: Some(RECORD_TIMESTAMP),
    };
    let limits = Limits {
        max_bytes: 1 << 18,
        max_clock_skew: Duration::from_mins(10),
    };
    decode(&record, &limits, Timestamp::from_micros(0))
}

#[test]
fn every_example_on_the_pages_is_an_event() {
    for path in ["README.md", "docs/events.md"] {
        for example in page::blocks(path, "```json") {
            let enveloped = example.contains("specversion");
            let headers: &[Header<'_>] = if enveloped { &[CLOUD_EVENT] } else { &[] };
            let decoded = decoded(&example, headers);
            assert!(matches!(decoded, Decoded::Event(_)), "{path}: {example}{decoded:?}");
        }
    }
}

#[test]
fn the_page_on_events_has_the_closed_set_of_reasons_in_its_order() {
    let rows = page::table("docs/events.md", "reasons");
    let reasons: Vec<_> = rows.iter().flat_map(|cells| page::words(&cells[0])).collect();
    let all: Vec<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(reasons, all);
}

#[test]
fn the_page_on_events_gives_the_namespace_of_derived_ids() {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"audiohm-ingest");
    assert!(text_of("docs/events.md").contains(&namespace.to_string()));
}
