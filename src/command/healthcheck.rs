//! `audiohm-ingest healthcheck`: asks the admin port, for containers that have neither shell nor curl.

use clap::Args;
use serde::Deserialize;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A healthy worker answers at once; container runtimes allow a few seconds.
const PATIENCE: Duration = Duration::from_secs(5);
/// Far more than the longest answer; whatever sends more is no worker.
const MAX_ANSWER_BYTES: u64 = 1 << 20;

/// Asks the worker on this machine how it is; exit code 0 if well, 1 if not
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Healthcheck {
    /// Ask only whether the process lives, not whether it is ready: for supervisors that restart
    /// an unhealthy container, since a restart mends no database that is away
    #[arg(long)]
    live: bool,
}

/// The worker is not well, or could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum HealthcheckError {
    /// Nobody answers.
    #[error("no worker answers on {address} (`admin.listen`): {source}")]
    Unreachable {
        /// Who was asked.
        address: String,
        /// What the system says.
        source: io::Error,
    },
    /// The answer took too long.
    #[error("the worker on {0} did not answer within {PATIENCE:?}")]
    Silent(String),
    /// Something else listens there.
    #[error("what answers on {0} is no audiohm-ingest; does `admin.listen` name the right port?")]
    Stranger(String),
    /// The worker says that it is not ready.
    #[error("not ready: {0}")]
    NotReady(String),
    /// The worker says that its main loop hangs.
    #[error("the worker's main loop hangs")]
    Hung,
}

impl Healthcheck {
    /// Asks the worker whose `admin.listen` is `listen`.
    pub async fn run(self, listen: &str) -> Result<(), HealthcheckError> {
        let address = reachable(listen);
        let path = if self.live { "/livez" } else { "/readyz" };
        let answer = match timeout(PATIENCE, ask(&address, path)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(source)) => return Err(HealthcheckError::Unreachable { address, source }),
            Err(_) => return Err(HealthcheckError::Silent(address)),
        };
        match status_and_body(&answer) {
            Some((200, _)) => Ok(()),
            Some((503, _)) if self.live => Err(HealthcheckError::Hung),
            Some((503, body)) => Err(HealthcheckError::NotReady(failing(body))),
            _ => Err(HealthcheckError::Stranger(address)),
        }
    }
}

/// Where to ask: "every address" is no address to connect to.
fn reachable(listen: &str) -> String {
    let Ok(mut address) = listen.parse::<SocketAddr>() else {
        return listen.to_owned();
    };
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address.to_string()
}

async fn ask(address: &str, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER_BYTES).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn status_and_body(answer: &str) -> Option<(u16, &str)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.1 ")?.split(' ').next()?;
    Some((status.parse().ok()?, body))
}

/// The checks that fail, in words.
fn failing(body: &str) -> String {
    #[derive(Deserialize)]
    struct Readiness {
        checks: Vec<Check>,
    }
    #[derive(Deserialize)]
    struct Check {
        name: String,
        ok: bool,
        detail: String,
    }
    let Ok(Readiness { checks }) = serde_json::from_str(body) else {
        return "the answer names no reason".to_owned();
    };
    let failing = checks.into_iter().filter(|check| !check.ok);
    let words: Vec<_> = failing
        .map(|check| format!("{}: {}", check.name, check.detail))
        .collect();
    words.join("; ")
}
