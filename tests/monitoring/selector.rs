//! What an expression asks for: the selectors in it, found by the names that there are.

/// A metric with its matchers, as it stands in an expression.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Selector {
    pub(crate) text: String,
    pub(crate) metric: String,
    /// Whether a range or a function of ranges follows.
    pub(crate) is_range: bool,
}

/// Beginnings of what the worker, Prometheus and the rules record.
const PREFIXES: [&str; 4] = ["ingest_", "process_", "job:", "topic_partition:"];

/// The selectors of an expression.
pub(crate) fn selectors(expression: &str) -> Vec<Selector> {
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(begin) = rest.find(is_of_name) {
        let from = &rest[begin..];
        let name = &from[..from.find(|it| !is_of_name(it)).unwrap_or(from.len())];
        let mut after = &from[name.len()..];
        if name == "up" || PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
            let matchers = matchers(after);
            after = &after[matchers.len()..];
            found.push(Selector {
                text: format!("{name}{matchers}"),
                metric: name.to_owned(),
                is_range: after.starts_with('['),
            });
        }
        rest = after;
    }
    found
}

fn is_of_name(it: char) -> bool {
    it.is_alphanumeric() || it == '_' || it == ':'
}

/// The braces at the beginning, if there are any; there is none in the value of a label.
fn matchers(text: &str) -> &str {
    match (text.starts_with('{'), text.find('}')) {
        (true, Some(end)) => &text[..=end],
        _ => "",
    }
}

#[test]
fn selectors_are_found_with_their_matchers() {
    let found = selectors(r#"sum by (topic) (rate(ingest_a_total{job="x", le=~"30|30[.]0"}[5m])) / job:b:c > up == 1"#);
    let texts: Vec<_> = found.iter().map(|it| (it.text.as_str(), it.is_range)).collect();
    let expected = [
        (r#"ingest_a_total{job="x", le=~"30|30[.]0"}"#, true),
        ("job:b:c", false),
        ("up", false),
    ];
    assert_eq!(texts, expected);
}
