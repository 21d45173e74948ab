//! What a client tells of its connections.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use rdkafka::statistics::Statistics;

use super::certificates::{Certificates, refusal};
use super::context::held;

/// Of one client.
#[derive(Debug, Default)]
pub(super) struct Connections {
    /// Reports in a row that named no broker.
    without_brokers: AtomicU32,
    /// Reports in a row in which some connection was not there.
    unconnected: AtomicU32,
    /// What is known of a broker that refuses the certificate.
    refused: Mutex<Option<String>>,
    certificates: Certificates,
}

impl Connections {
    /// Of a client that has read these.
    pub(super) fn with(certificates: Certificates) -> Self {
        Self {
            certificates,
            ..Self::default()
        }
    }

    /// Takes what the client tells of itself from time to time.
    pub(super) fn report(&self, statistics: &Statistics) {
        let mut states = Vec::new();
        let mut knows_somebody = false;
        for broker in statistics.brokers.values().filter(|broker| broker.source != "internal") {
            // the group's coordinator is listed as a logical broker beside the real ones
            knows_somebody |= matches!(broker.source.as_str(), "configured" | "learned");
            states.push(broker.state.as_str());
        }
        count(&self.without_brokers, !knows_somebody);
        // one that nobody asks for anything is at its beginning, also after it has refused this client
        let is_connected = states.contains(&"UP") && states.iter().all(|state| matches!(*state, "UP" | "INIT"));
        count(&self.unconnected, !is_connected);
        if is_connected {
            held(&self.refused).take();
        }
    }

    /// Takes the text of an error, and gives one that a person understands.
    pub(super) fn note(&self, reason: &str) -> String {
        let Some(refused) = refusal(reason) else {
            return reason.to_owned();
        };
        *held(&self.refused) = Some(refused.clone());
        refused
    }

    /// An error's text, with the reason that lies behind most others.
    pub(super) fn explain(&self, text: String) -> String {
        match &*held(&self.refused) {
            Some(refused) if !text.contains(refused) => format!("{text}; {refused}"),
            _ => text,
        }
    }

    /// Whether every broker is forgotten. Those that are away are still known, and the addresses that a client begins with
    /// are known before any broker is; one report may fall between two lists.
    pub(super) fn know_nobody(&self) -> bool {
        self.without_brokers.load(Ordering::Relaxed) >= 2
    }

    /// The settings whose files were replaced, once connections have failed in two reports; looked at every two.
    pub(super) fn take_replaced(&self) -> Option<String> {
        if self.unconnected.load(Ordering::Relaxed) < 2 {
            return None;
        }
        self.unconnected.store(0, Ordering::Relaxed);
        let replaced = self.certificates.replaced().join(", ");
        (!replaced.is_empty()).then_some(replaced)
    }
}

fn count(reports: &AtomicU32, once_more: bool) {
    if once_more {
        reports.fetch_add(1, Ordering::Relaxed);
    } else {
        reports.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::ClientConfig;
    use rdkafka::statistics::Broker;
    use std::fs;
    use tempfile::NamedTempFile;

    fn report(connections: &Connections, brokers: &[(&str, &str)]) {
        let broker = |&(source, state): &(&str, &str)| {
            let broker = Broker {
                source: source.to_owned(),
                state: state.to_owned(),
                ..Broker::default()
            };
            (format!("{source} {state}"), broker)
        };
        connections.report(&Statistics {
            brokers: brokers.iter().map(broker).collect(),
            ..Statistics::default()
        });
    }

    #[test]
    fn brokers_are_forgotten_with_the_second_report_that_names_none() {
        let connections = Connections::default();
        report(&connections, &[("logical", "INIT")]);
        assert!(!connections.know_nobody());
        report(&connections, &[("logical", "INIT"), ("internal", "UP")]);
        assert!(connections.know_nobody());
        report(&connections, &[("configured", "DOWN")]);
        assert!(!connections.know_nobody());
    }

    #[test]
    fn files_that_were_replaced_matter_only_while_connections_fail() {
        let file = NamedTempFile::new().unwrap();
        let mut config = ClientConfig::new();
        config.set("ssl.certificate.location", file.path().to_str().unwrap());
        let connections = Connections::with(Certificates::of(&config));
        let fails = [("learned", "UP"), ("learned", "TRY_CONNECT")];
        for _ in 0..3 {
            report(&connections, &fails);
        }
        assert_eq!(connections.take_replaced(), None, "it would read the same");
        fs::write(file.path(), "another").unwrap();
        for _ in 0..3 {
            report(
                &connections,
                &[("learned", "UP"), ("learned", "INIT"), ("internal", "INIT")],
            );
        }
        assert_eq!(connections.take_replaced(), None, "it works");
        for _ in 0..2 {
            report(&connections, &fails);
        }
        assert_eq!(connections.take_replaced().unwrap(), "ssl.certificate.location");
        assert_eq!(connections.take_replaced(), None, "not before two more reports");
    }

    #[test]
    fn a_refusal_lies_behind_every_error_until_connections_are_there_again() {
        let connections = Connections::default();
        let reason = connections.note("Receive failed: SSL alert number 46");
        assert!(reason.starts_with("a broker refuses the certificate"), "{reason}");
        // nobody asks it for anything
        report(&connections, &[("learned", "INIT")]);
        let text = connections.explain("no answer".to_owned());
        assert_eq!(text, format!("no answer; {reason}"));
        report(&connections, &[("learned", "UP")]);
        assert_eq!(connections.explain("no answer".to_owned()), "no answer");
    }
}
