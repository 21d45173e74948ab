//! The worker as a child process, timed by its own log.

use super::Bench;
use super::cpu::{Meter, Usage};
use serde::Deserialize;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

const LOG_LEVEL: &str = "warn,audiohm_ingest::telemetry::intake=info,audiohm_ingest::telemetry::write=debug";

/// How a worker is to be run.
#[derive(Clone)]
pub(crate) struct Worker {
    url: String,
    topics: Vec<String>,
    group: String,
    settings: Vec<(&'static str, String)>,
    count: usize,
}

/// A worker that runs.
pub(crate) struct Running {
    pub(crate) child: Child,
    log: JoinHandle<Vec<Line>>,
    spawned: f64,
}

/// How long a drain took.
pub(crate) struct Drained {
    /// From the start of the process until a partition is read: the group, the claim.
    pub(crate) start_up: f64,
    /// From then until the last batch was committed.
    pub(crate) seconds: f64,
    pub(crate) usage: Usage,
}

#[derive(Deserialize)]
struct Line {
    timestamp: String,
    level: String,
    message: String,
}

impl Line {
    fn at(&self) -> f64 {
        let instant = chrono::DateTime::parse_from_rfc3339(&self.timestamp).unwrap();
        instant.timestamp_micros() as f64 / 1e6
    }
}

fn now() -> f64 {
    chrono::Utc::now().timestamp_micros() as f64 / 1e6
}

impl Worker {
    /// One that reads the topics under a group of its own.
    pub(crate) fn new(url: &str, topics: &[&str]) -> Self {
        Self {
            url: url.to_owned(),
            topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
            group: format!("bench-{}", uuid::Uuid::new_v4()),
            settings: Vec::new(),
            count: 1,
        }
    }

    /// With a setting, by the name of its variable.
    pub(crate) fn set(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.settings.push((name, value.to_string()));
        self
    }

    /// So many of them at once, in the same group.
    pub(crate) fn times(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The same one, which reads this topic too.
    pub(crate) fn with_topic(mut self, topic: &str) -> Self {
        self.topics.push(topic.to_owned());
        self
    }

    fn command(&self, bench: &Bench, arguments: &[&str]) -> Command {
        let topics: Vec<String> = self.topics.iter().map(|topic| format!("\"{topic}\"")).collect();
        let mut command = Command::new(&bench.worker);
        command
            .args(arguments)
            .env("INGEST__DATABASE__URL", &self.url)
            .env("INGEST__KAFKA__BROKERS", &bench.kafka)
            .env("INGEST__KAFKA__GROUP_ID", &self.group)
            .env("INGEST__KAFKA__TOPICS", format!("[{}]", topics.join(", ")))
            .env("INGEST__ADMIN__LISTEN", "127.0.0.1:0")
            .env("INGEST__LOG__LEVEL", LOG_LEVEL)
            .env("INGEST__LOG__FORMAT", "json")
            .envs(self.settings.iter().map(|(name, value)| (*name, value)));
        command
    }

    /// Replays the whole topic.
    pub(crate) async fn replay(&self, bench: &Bench, topic: &str) {
        let mut command = self.command(bench, &["replay", "start", "--yes", "--topic", topic]);
        let running = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let output = tokio::task::spawn_blocking(|| running.wait_with_output());
        let output = output.await.unwrap().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "the replay ended with {}: {told}",
            output.status
        );
    }

    pub(crate) fn spawn(&self, bench: &Bench, arguments: &[&str]) -> Running {
        let arguments: Vec<&str> = ["run"].iter().chain(arguments).copied().collect();
        let mut command = self.command(bench, &arguments);
        command.stderr(Stdio::piped());
        let spawned = now();
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let log = std::thread::spawn(move || {
            stderr
                .lines()
                .map_while(Result::ok)
                .filter_map(|text| read(&text))
                .collect()
        });
        Running { child, log, spawned }
    }

    /// Runs until everything that is in the topics is stored.
    pub(crate) fn drain(&self, bench: &Bench) -> Drained {
        self.drain_watching(bench, |_| {})
    }

    /// The same, while `look` is called with the process id ten times a second.
    pub(crate) fn drain_watching(&self, bench: &Bench, mut look: impl FnMut(u32)) -> Drained {
        let meter = Meter::start(bench);
        let mut running: Vec<_> = (0..self.count)
            .map(|_| self.spawn(bench, &["--until-caught-up"]))
            .collect();
        let spawned = running[0].spawned;
        for worker in &mut running {
            while worker.child.try_wait().unwrap().is_none() {
                look(worker.child.id());
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        }
        let log: Vec<Line> = running.into_iter().flat_map(Running::ended).collect();
        let at = |message: &str| -> Vec<f64> {
            let lines = log.iter().filter(|line| line.message == message);
            lines.map(Line::at).collect()
        };
        let began = at("reading begins").into_iter().fold(f64::INFINITY, f64::min);
        let ended = at("batch written").into_iter().fold(0.0, f64::max);
        Drained {
            start_up: began - spawned,
            seconds: ended - began,
            usage: meter.stop(),
        }
    }
}

impl Running {
    /// Asks it to stop, and waits for that.
    pub(crate) fn stop(self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        self.ended();
    }

    /// Waits for its end, which must be a good one; gives what it logged.
    fn ended(mut self) -> Vec<Line> {
        let status = self.child.wait().unwrap();
        assert!(status.success(), "the worker ended with {status}");
        self.log.join().unwrap()
    }
}

/// A line that tells of trouble is shown: a figure beside trouble is not one to quote.
fn read(text: &str) -> Option<Line> {
    let line: Option<Line> = serde_json::from_str(text).ok();
    if line
        .as_ref()
        .is_none_or(|line| matches!(line.level.as_str(), "WARN" | "ERROR"))
    {
        eprintln!("  the worker says: {text}");
    }
    line
}
