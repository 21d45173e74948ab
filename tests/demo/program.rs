//! The program as a child process, with topics of its own.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use audiohm_ingest::kafka::{KafkaLookup, Outgoing, Producer, Settings};
use audiohm_ingest::pipeline::{Lookup, SourceError};
use uuid::Uuid;

use crate::database::FreshDatabase;

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Settings of one test: a database, and topics that nobody else uses.
pub(crate) struct Program {
    kafka: Settings,
    database_url: String,
}

impl Program {
    pub(crate) fn on(database: &FreshDatabase) -> Self {
        let brokers = env::var("INGEST_TEST_KAFKA").expect("INGEST_TEST_KAFKA names a broker, as host:port");
        // as long as the real names, so that what is printed is as wide
        let name = &Uuid::new_v4().simple().to_string()[..7];
        let kafka = Settings {
            brokers,
            topics: vec![format!("{name}.plays"), format!("{name}.likes")],
            group_id: name.to_owned(),
            ..Settings::default()
        };
        Self {
            kafka,
            database_url: database.url(),
        }
    }

    pub(crate) fn with_brokers(mut self, brokers: &str) -> Self {
        brokers.clone_into(&mut self.kafka.brokers);
        self
    }

    pub(crate) fn with_database_url(mut self, url: &str) -> Self {
        url.clone_into(&mut self.database_url);
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_audiohm-ingest"));
        let strangers = env::vars()
            .map(|(name, _)| name)
            .filter(|name| name.starts_with("INGEST__"));
        strangers.for_each(|name| {
            command.env_remove(name);
        });
        command
            .args(arguments)
            .env("INGEST__KAFKA__BROKERS", &self.kafka.brokers)
            .env("INGEST__KAFKA__TOPICS", format!("{:?}", self.kafka.topics))
            .env("INGEST__KAFKA__GROUP_ID", &self.kafka.group_id)
            .env("INGEST__DATABASE__URL", &self.database_url)
            .env("INGEST__ADMIN__LISTEN", "127.0.0.1:0")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::from(self.command(arguments).output().expect("the program can be started"))
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(arguments);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        Running(child.expect("the program can be started"))
    }

    pub(crate) fn group_id(&self) -> &str {
        &self.kafka.group_id
    }

    /// Records in each topic; topics that do not exist are left out.
    pub(crate) async fn records(&self) -> BTreeMap<String, i64> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            match self.look().await {
                Ok(records) => return records,
                // a topic that has just been made has no leader for a moment
                Err(error) => assert!(Instant::now() < give_up, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn look(&self) -> Result<BTreeMap<String, i64>, SourceError> {
        let lookup = KafkaLookup::open(&self.kafka).expect("the settings make a client");
        let mut records = BTreeMap::new();
        for topic in &self.kafka.topics {
            let marks = lookup.watermarks(lookup.partitions(topic).await?).await?;
            if !marks.is_empty() {
                let kind = topic.rsplit('.').next().unwrap_or_default();
                records.insert(kind.to_owned(), marks.values().map(|marks| marks.end_offset).sum());
            }
        }
        Ok(records)
    }

    /// Makes the topics and puts a record into the first, as somebody else would.
    pub(crate) async fn put_foreign_record(&self) {
        audiohm_ingest::kafka::ensure_topics(&self.kafka, &self.kafka.topics, 1)
            .await
            .expect("topics can be made");
        let mut producer = Producer::open(&self.kafka).expect("the settings make a client");
        let outgoing = Outgoing {
            topic: &self.kafka.topics[0],
            value: Some(b"{}"),
            ..Outgoing::default()
        };
        producer.send(&outgoing).expect("the queue has room");
        producer.flush(PATIENCE).expect("the broker takes it");
    }
}

/// The program at work; killed if the test ends before it.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn lines_of_stdout(&mut self) -> impl Iterator<Item = String> + use<> {
        let stdout = self.0.stdout.take().expect("the pipe is taken once");
        BufReader::new(stdout).lines().map(|line| line.expect("UTF-8"))
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) fn stop(mut self) -> Ended {
        let sent = Command::new("kill").arg(self.0.id().to_string()).status();
        assert!(sent.expect("kill can be started").success());
        let mut ended = Ended::default();
        if let Some(mut stdout) = self.0.stdout.take() {
            stdout.read_to_string(&mut ended.stdout).expect("UTF-8");
        }
        if let Some(mut stderr) = self.0.stderr.take() {
            stderr.read_to_string(&mut ended.stderr).expect("UTF-8");
        }
        ended.code = self.0.wait().expect("the program ends").code();
        ended
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // one that has ended cannot be killed, and need not be
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until the condition holds.
pub(crate) async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let give_up = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < give_up, "not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What a run of the program left behind.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}
