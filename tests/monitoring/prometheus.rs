//! Debian's Prometheus as a child process, scraping one worker.

use crate::harness::{eventually, get};
use serde_json::Value;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use url::form_urlencoded::byte_serialize;

/// A running Prometheus. Dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Prometheus {
    child: Child,
    directory: TempDir,
    address: SocketAddr,
}

/// A rule as Prometheus tells it.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) expression: String,
    pub(crate) is_alert: bool,
    /// `unknown` before the first evaluation.
    pub(crate) health: String,
    pub(crate) fault: String,
}

impl Prometheus {
    /// With the project's rules; everything once a second, so that nobody waits for it.
    pub(crate) async fn scraping(worker: SocketAddr) -> Self {
        let directory = TempDir::new().unwrap();
        let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/prometheus");
        let hurried = |name: &str| {
            let text = fs::read_to_string(deploy.join(name)).unwrap();
            let line = |line: &str| match line.split_once("interval: ") {
                Some((before, _)) => format!("{before}interval: 1s"),
                None => line.replace("worker:9464", &worker.to_string()),
            };
            let lines: Vec<String> = text.lines().map(line).collect();
            fs::write(directory.path().join(name), lines.join("\n")).unwrap();
        };
        hurried("rules.yml");
        hurried("prometheus.yml");
        let child = Command::new("prometheus")
            .arg("--config.file=prometheus.yml")
            .arg("--storage.tsdb.path=data")
            .arg("--web.listen-address=127.0.0.1:0")
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(directory.path().join("log")).unwrap())
            .spawn()
            .expect("no prometheus: scripts/install --checks installs it");
        let mut prometheus = Self {
            child,
            directory,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        prometheus.address = eventually("Prometheus is ready", async || {
            let ended = prometheus.child.try_wait().unwrap();
            assert!(ended.is_none(), "Prometheus ended: {}", prometheus.log());
            let address = prometheus.log().lines().find_map(listening)?;
            get(address, "/-/ready").ok().filter(|answer| answer.0 == 200)?;
            Some(address)
        })
        .await;
        prometheus
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    fn ask(&self, path: &str) -> Result<Value, String> {
        let (_, body) = get(self.address, path).map_err(|error| error.to_string())?;
        let mut answer: Value = serde_json::from_str(&body).map_err(|error| format!("{error}: {body}"))?;
        match answer["status"].as_str() {
            Some("success") => Ok(answer["data"].take()),
            _ => Err(body),
        }
    }

    /// How many series an expression finds now.
    pub(crate) fn found(&self, expression: &str) -> Result<usize, String> {
        let encoded: String = byte_serialize(expression.as_bytes()).collect();
        let data = self.ask(&format!("/api/v1/query?query={encoded}"))?;
        Ok(data["result"].as_array().ok_or("no result")?.len())
    }

    /// The rules that it has loaded.
    pub(crate) fn rules(&self) -> Vec<Rule> {
        let data = self.ask("/api/v1/rules").unwrap();
        let groups = data["groups"].as_array().unwrap();
        let rules = groups.iter().flat_map(|group| group["rules"].as_array().unwrap());
        let text = |rule: &Value, key: &str| rule[key].as_str().unwrap_or_default().to_owned();
        rules
            .map(|rule| Rule {
                name: text(rule, "name"),
                expression: text(rule, "query"),
                is_alert: rule["type"] == "alerting",
                health: text(rule, "health"),
                fault: text(rule, "lastError"),
            })
            .collect()
    }
}

/// Where it is, by the line of its log that says so.
fn listening(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("msg=\"Listening on\"")?;
    // version 3 says more in between
    let (_, address) = rest.split_once("address=")?;
    address.trim().parse().ok()
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // it may have ended
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
