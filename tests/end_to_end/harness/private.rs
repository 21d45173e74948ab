//! Services of one test alone: a PostgreSQL that may be stopped, and an address that is closed until it is opened.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use tempfile::TempDir;

/// A PostgreSQL server of its own, by `scripts/services`.
#[derive(Debug)]
pub(crate) struct PrivatePostgres {
    directory: TempDir,
}

impl PrivatePostgres {
    pub(crate) fn new() -> Self {
        let directory = TempDir::with_prefix_in("ingest-postgres-", "/tmp").unwrap();
        let server = Self { directory };
        server.start();
        server
    }

    /// Starts it on its own data and port.
    pub(crate) fn start(&self) {
        self.services("start-postgres");
    }

    /// Stops it cleanly; its data stays.
    pub(crate) fn stop(&self) {
        self.services("stop-postgres");
    }

    pub(crate) fn url(&self) -> String {
        let env = std::fs::read_to_string(self.directory.path().join("env")).unwrap();
        let url = env.lines().find_map(|line| line.strip_prefix("POSTGRES_URL="));
        url.expect("the services tell the address").to_owned()
    }

    fn services(&self, command: &str) {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scripts/services");
        let output = Command::new(script)
            .arg(command)
            .arg(self.directory.path())
            .env("SERVICES_FSYNC", "off")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{command}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scripts/services");
        // removes the directory too; a server that was never started is no trouble
        let _ = Command::new(script).arg("stop").arg(self.directory.path()).output();
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// An address that refuses everybody until it is opened; then it leads to a service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gate {
    pub(crate) port: u16,
}

impl Gate {
    pub(crate) fn closed() -> Self {
        Self { port: free_port() }
    }

    /// Leads to `service`, as host:port, from now on.
    pub(crate) fn open(self, service: &str) {
        let service: SocketAddr = service.parse().expect("host:port with an address");
        let listener = TcpListener::bind(("127.0.0.1", self.port)).expect("nobody took the port");
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if let Ok(server) = TcpStream::connect(service) {
                    carry(&client, &server);
                    carry(&server, &client);
                }
            }
        });
    }
}

fn carry(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
}
