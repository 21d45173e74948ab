//! The program as a child process, with its output in files that are shown when a test fails.

use super::wait::{PATIENCE, eventually};
use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tempfile::TempDir;

/// A running program. Dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Worker {
    child: Child,
    output: Output,
}

/// What a program wrote.
#[derive(Debug)]
struct Output {
    directory: TempDir,
    title: String,
}

/// A program that has ended by itself.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
    pub(crate) stdout: String,
}

impl Output {
    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.path(name)).unwrap_or_default()).into_owned()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let stderr = self.read("stderr");
            let lines: Vec<&str> = stderr.lines().collect();
            let end = lines.len().saturating_sub(40);
            println!("--- end of the log of {}:\n{}", self.title, lines[end..].join("\n"));
        }
    }
}

impl Worker {
    /// Starts the program with these arguments and this environment, and nothing of this process's own.
    pub(crate) fn start(args: &[&str], environment: &[(String, String)]) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let output = Output {
            directory: TempDir::new().unwrap(),
            title: format!("`{}` (number {number})", args.join(" ")),
        };
        let file = |name| File::create(output.path(name)).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_audiohm-ingest"))
            .args(args)
            .env_clear()
            .envs(environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .expect("the built program starts");
        Self { child, output }
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.output.read("stderr")
    }

    /// Whether it still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Where its admin port is, once it is open.
    pub(crate) async fn address(&mut self) -> SocketAddr {
        eventually("the admin port is open", async || {
            assert!(
                self.is_alive(),
                "the worker ended before its admin port was open: {}",
                self.log()
            );
            self.log().lines().find_map(admin_address)
        })
        .await
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([format!("-{name}"), self.id().to_string()])
            .status();
        assert!(sent.unwrap().success(), "SIG{name} reaches the worker");
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// kill -9, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("the worker can be killed");
        let status = self.child.wait().unwrap();
        assert_eq!(
            status.signal(),
            Some(9),
            "the worker ran until it was killed: {}",
            self.log()
        );
    }

    /// Waits for its end.
    pub(crate) async fn finished(mut self) -> Finished {
        let status: ExitStatus = eventually("the program ends", async || self.child.try_wait().unwrap()).await;
        Finished {
            code: status.code(),
            stderr: self.log(),
            stdout: self.output.read("stdout"),
        }
    }

    /// SIGTERM, and an end with everything stored.
    pub(crate) async fn stop(self) {
        self.terminate();
        let began = Instant::now();
        let finished = self.finished().await;
        assert_eq!(finished.code, Some(0), "a stop ends well: {}", finished.stderr);
        assert!(began.elapsed() < PATIENCE);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // it may have ended long ago
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn admin_address(line: &str) -> Option<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    let opened = line.get("message")? == "admin port open";
    opened.then(|| line.get("address")?.as_str()?.parse().ok()).flatten()
}
