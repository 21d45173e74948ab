//! Certificates of a client: what it read them from, and what a broker says of them.
//!
//! The library reads the files once, when a client is made, and goes on with what they held. Whoever renews a certificate
//! before it runs out changes a file that nobody looks at any more.

use std::fs;
use std::os::unix::fs::MetadataExt;

use rdkafka::ClientConfig;

/// Settings that name a file with a certificate or its key.
const FILES: [&str; 5] = [
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.crl.location",
    "ssl.key.location",
    "ssl.keystore.location",
];

/// Alerts of TLS by which a broker refuses the certificate of its client. Kafka says of one that has run out that it
/// is unknown (46), and of one by a foreign signer that it is bad (42).
const REFUSALS: [u32; 8] = [41, 42, 43, 44, 45, 46, 48, 116];

/// What a person is told of it.
const REFUSED: &str = "a broker refuses the certificate of this client: it has run out, is missing, or nobody there \
    trusts its signer; put another one where ssl.certificate.location or ssl.keystore.location says";

/// Inode, length, and time of change in seconds and nanoseconds.
type Stamp = (u64, u64, i64, i64);

/// The files as they were when a client was made.
#[derive(Debug, Default)]
pub(super) struct Certificates(Vec<(&'static str, String, Option<Stamp>)>);

impl Certificates {
    /// To be called before the client reads them.
    pub(super) fn of(config: &ClientConfig) -> Self {
        let file = |name| {
            let path = config.get(name)?;
            Some((name, path.to_owned(), stamp(path)))
        };
        Self(FILES.into_iter().filter_map(file).collect())
    }

    /// The settings whose files are others by now. One that is away is about to be replaced.
    pub(super) fn replaced(&self) -> Vec<&'static str> {
        let is_new = |path, before| stamp(path).is_some_and(|now| Some(now) != before);
        let files = self.0.iter().filter(|(_, path, before)| is_new(path, *before));
        files.map(|(name, ..)| *name).collect()
    }
}

fn stamp(path: &str) -> Option<Stamp> {
    let file = fs::metadata(path).ok()?;
    Some((file.ino(), file.len(), file.mtime(), file.mtime_nsec()))
}

/// What an error of the library means, if it is that a broker refused the certificate.
pub(super) fn refusal(reason: &str) -> Option<String> {
    let (_, alert) = reason.split_once("SSL alert number ")?;
    let number = alert
        .split(|letter: char| !letter.is_ascii_digit())
        .next()?
        .parse()
        .ok()?;
    REFUSALS.contains(&number).then(|| format!("{REFUSED}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use tempfile::TempDir;

    fn written(directory: &Path, name: &str, content: &str) -> String {
        let path = directory.join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    #[test]
    fn files_that_were_replaced_are_told_by_the_names_of_their_settings() {
        let directory = TempDir::new().unwrap();
        let certificate = written(directory.path(), "client.crt", "old");
        let key = written(directory.path(), "client.key", "key");
        let mut config = ClientConfig::new();
        config.set("ssl.certificate.location", &certificate);
        config.set("ssl.key.location", &key);
        config.set("ssl.ca.location", "probe");
        config.set("ssl.key.password", "secret");
        let certificates = Certificates::of(&config);
        assert!(certificates.replaced().is_empty());
        fs::remove_file(&certificate).unwrap();
        assert!(certificates.replaced().is_empty(), "it is away");
        let new = written(directory.path(), "new.crt", "new");
        fs::rename(new, &certificate).unwrap();
        assert_eq!(certificates.replaced(), ["ssl.certificate.location"]);
        fs::write(&key, "another key").unwrap();
        assert_eq!(
            certificates.replaced(),
            ["ssl.certificate.location", "ssl.key.location"]
        );
        assert!(Certificates::of(&config).replaced().is_empty());
    }

    #[test]
    fn refusals_of_a_certificate_are_told_from_other_troubles_of_tls() {
        let expired = "ssl://kafka:9093/1: Receive failed: error:0A000416:SSL routines::sslv3 alert certificate unknown: \
            SSL alert number 46 (after 31ms in state APIVERSION_QUERY)";
        let text = refusal(expired).unwrap();
        assert!(text.starts_with(REFUSED) && text.ends_with(expired), "{text}");
        assert!(refusal("error:0A000410:SSL routines::sslv3 alert handshake failure: SSL alert number 40").is_none());
        assert!(refusal("SSL handshake failed: certificate verify failed").is_none());
        assert!(refusal("SSL alert number 42").is_some());
    }
}
