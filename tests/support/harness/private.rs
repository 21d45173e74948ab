//! Services of one test alone, which may be stopped, and an address that is closed until it is opened.

use crate::proxy::Proxy;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use tempfile::TempDir;

/// A directory of `scripts/services`.
#[derive(Debug)]
struct Services {
    directory: TempDir,
}

impl Services {
    fn new() -> Self {
        let directory = TempDir::with_prefix_in("ingest-services-", "/tmp").unwrap();
        Self { directory }
    }

    fn run(&self, command: &str, more: &[&Path], environment: &[(&str, String)]) {
        let output = Command::new(script())
            .arg(command)
            .arg(self.directory.path())
            .args(more)
            .env("SERVICES_FSYNC", "off")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {said}");
    }

    fn value(&self, name: &str) -> String {
        let env = std::fs::read_to_string(self.directory.path().join("env")).unwrap();
        let value = env.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.expect("the services tell where they are").to_owned()
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        // removes the directory too; a server that was never started is no trouble
        let _ = Command::new(script()).arg("stop").arg(self.directory.path()).output();
    }
}

fn script() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scripts/services")
}

/// A PostgreSQL server of its own.
#[derive(Debug)]
pub(crate) struct PrivatePostgres {
    services: Services,
}

impl PrivatePostgres {
    pub(crate) fn new() -> Self {
        let services = Services::new();
        services.run("start-postgres", &[], &[]);
        Self { services }
    }

    /// A standby of another one, which follows it.
    pub(crate) fn standby_of(primary: &Self) -> Self {
        let services = Services::new();
        services.run("start-standby", &[primary.services.directory.path()], &[]);
        Self { services }
    }

    /// Starts it on its own data and port.
    pub(crate) fn start(&self) {
        self.services.run("start-postgres", &[], &[]);
    }

    /// Stops it cleanly; its data stays.
    pub(crate) fn stop(&self) {
        self.services.run("stop-postgres", &[], &[]);
    }

    pub(crate) fn url(&self) -> String {
        self.services.value("POSTGRES_URL")
    }

    /// Where it is, as host:port.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.services.value("POSTGRES_PORT"))
    }
}

/// A broker of its own behind a proxy, through which it sends those who come through it.
#[derive(Debug)]
pub(crate) struct PrivateKafka {
    services: Services,
    pub(crate) proxy: Proxy,
}

impl PrivateKafka {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// It speaks TLS with those who come through the proxy, by what is in this directory.
    pub(crate) fn with_certificates(directory: &Path) -> Self {
        Self::with(&[("SERVICES_KAFKA_TLS", directory.display().to_string())])
    }

    fn with(more: &[(&str, String)]) -> Self {
        let (services, proxy) = (Services::new(), Proxy::before("127.0.0.1:1"));
        let advertised = ("SERVICES_KAFKA_VIA", proxy.port.to_string());
        services.run("start-kafka", &[], &[&[advertised], more].concat());
        let kafka = Self { services, proxy };
        kafka.proxy.lead_to(&kafka.proxied());
        kafka
    }

    /// Where the proxy leads, as host:port.
    pub(crate) fn proxied(&self) -> String {
        self.services.value("KAFKA_VIA")
    }

    /// Starts it on its own data and ports.
    pub(crate) fn start(&self) {
        self.services.run("start-kafka", &[], &[]);
    }

    /// Stops it cleanly; its data stays.
    pub(crate) fn stop(&self) {
        self.services.run("stop-kafka", &[], &[]);
    }

    /// Sends the process a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.services.value("KAFKA_PID");
        let sent = Command::new("kill").args([format!("-{name}"), pid]).status().unwrap();
        assert!(sent.success(), "SIG{name} reaches the broker");
    }

    /// The first segment of a partition's log, on its disk.
    pub(crate) fn segment(&self, topic: &str, partition: i32) -> PathBuf {
        let data = self.services.directory.path().join("kafka/data");
        data.join(format!("{topic}-{partition}/00000000000000000000.log"))
    }

    /// Where it is, not by way of the proxy.
    pub(crate) fn address(&self) -> String {
        self.services.value("KAFKA_BROKERS")
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
