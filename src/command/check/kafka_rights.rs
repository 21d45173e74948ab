//! Whether the brokers let the worker read its topics and use its group.

use super::finding::{Check, Finding};
use crate::command::wiring;
use crate::config::Config;
use crate::kafka::{Attempt, Cluster, Tried, try_reading};

/// Tries it on the topics that exist.
pub(super) async fn look(config: &Config, cluster: &Cluster) -> Vec<Finding> {
    let existing = cluster.topics.iter().filter(|topic| topic.partitions > 0);
    let topics: Vec<_> = existing.map(|topic| topic.name.clone()).collect();
    if topics.is_empty() {
        return vec![Finding::skip(Check::KafkaRights, "there is no topic to try them on")];
    }
    match try_reading(&wiring::kafka_settings(config), topics).await {
        Ok(tried) => judge(&tried, &config.kafka.group_id),
        Err(error) => vec![Finding::skip(Check::KafkaRights, error.to_string())],
    }
}

fn judge(tried: &Tried, group: &str) -> Vec<Finding> {
    let asked = (
        &tried.group,
        format!("the offsets of group {group}"),
        format!("--group {group}"),
    );
    let read = tried.topics.iter().map(|(topic, attempt)| {
        let (what, resource) = (format!("reading {topic}"), format!("--topic {topic}"));
        (attempt, what, resource)
    });
    let findings: Vec<_> = std::iter::once(asked)
        .chain(read)
        .filter_map(|(attempt, what, resource)| finding(attempt, &what, &resource))
        .collect();
    if !findings.is_empty() {
        return findings;
    }
    let topics = tried.topics.len();
    let many = if topics == 1 { "topic" } else { "topics" };
    let found = format!("{topics} {many} read, offsets of group {group} shown; whether it may join shows when it does");
    vec![Finding::ok(Check::KafkaRights, found)]
}

fn finding(attempt: &Attempt, what: &str, resource: &str) -> Option<Finding> {
    match attempt {
        Attempt::Allowed => None,
        Attempt::Refused => Some(Finding::fail(
            Check::KafkaRights,
            format!("the brokers refuse {what}"),
            format!("kafka-acls.sh --add --allow-principal User:NAME --operation Read {resource}"),
        )),
        Attempt::Unclear(why) => Some(Finding::warn(
            Check::KafkaRights,
            format!("{what} came to nothing: {why}"),
            "look at the brokers, then run `check` again",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::check::finding::Verdict;

    #[test]
    fn what_is_refused_fails_with_the_acl_that_is_wanting() {
        let tried = Tried {
            group: Attempt::Refused,
            topics: vec![
                ("plays".to_owned(), Attempt::Refused),
                ("likes".to_owned(), Attempt::Allowed),
                ("more".to_owned(), Attempt::Unclear("timed out".to_owned())),
            ],
        };
        let findings = judge(&tried, "g");
        let told: Vec<_> = findings.iter().map(|it| (it.verdict, it.found.as_str())).collect();
        assert_eq!(
            told,
            [
                (Verdict::Fail, "the brokers refuse the offsets of group g"),
                (Verdict::Fail, "the brokers refuse reading plays"),
                (Verdict::Warn, "reading more came to nothing: timed out"),
            ]
        );
        assert!(findings[0].advice.as_ref().unwrap().ends_with("--group g"));
        assert!(findings[1].advice.as_ref().unwrap().ends_with("--topic plays"));
    }
}
