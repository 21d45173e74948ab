//! The table of SQLSTATE codes in `docs/architecture.md`, held against the one in the code.

use crate::page;
use audiohm_ingest::pipeline::FailureKind;
use audiohm_ingest::store::error::{Policy, policy};

/// Stands for a whole class: `22xxx`.
const ANY: &str = "xxx";

fn word(policy: Policy) -> &'static str {
    match policy {
        Policy::Isolate => "isolate",
        Policy::Retry(FailureKind::Fenced) => "fenced",
        Policy::Retry(FailureKind::Contention) => "contention",
        Policy::Retry(FailureKind::Connection) => "connection",
        Policy::Retry(FailureKind::ReadOnly) => "read_only",
        Policy::Retry(FailureKind::Outage) => "outage",
        Policy::Retry(FailureKind::Defect) => "defect",
    }
}

#[test]
fn the_page_gives_each_code_the_policy_that_the_program_has() {
    let rows = page::table("docs/architecture.md", "sqlstates");
    let given = |codes: &str, words: &str| (page::words(codes), page::words(words).pop());
    let rows: Vec<_> = rows.iter().map(|cells| given(&cells[0], &cells[1])).collect();
    let alone: Vec<_> = rows
        .iter()
        .flat_map(|(codes, _)| codes)
        .filter(|code| !code.ends_with(ANY))
        .collect();
    for (codes, expected) in &rows {
        let expected = expected.as_deref().expect("a row names its policy");
        for code in codes {
            let members: Vec<String> = match code.strip_suffix(ANY) {
                Some(class) => (0..1000).map(|number| format!("{class}{number:03}")).collect(),
                None => vec![code.clone()],
            };
            for member in members
                .iter()
                .filter(|member| members.len() == 1 || !alone.contains(member))
            {
                assert_eq!(word(policy(member)), expected, "{member}, as {code}");
            }
        }
    }
    assert!(rows.len() >= 6, "only {} rows", rows.len());
}
