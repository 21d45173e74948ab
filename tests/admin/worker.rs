//! A board behind a real admin port, and a client that asks it.

use audiohm_ingest::admin::{AdminError, Server};
use audiohm_ingest::telemetry::{Build, Metrics, StatusBoard, check};
use std::net::SocketAddr;
use std::sync::OnceLock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// One recorder for all tests of this process, as in a worker.
pub(crate) fn metrics() -> Metrics {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    let build = Build {
        version: "1.2.3",
        librdkafka: "2.12.1",
    };
    METRICS.get_or_init(|| Metrics::install(build).unwrap()).clone()
}

/// A worker as the admin port sees it.
pub(crate) struct Worker {
    pub(crate) board: StatusBoard,
    pub(crate) address: SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) serving: JoinHandle<Result<(), AdminError>>,
}

pub(crate) async fn worker() -> Worker {
    worker_on("127.0.0.1:0").await
}

pub(crate) async fn worker_on(listen: &str) -> Worker {
    let board = StatusBoard::new("1.2.3", "group", &["audiohm.plays".to_owned()]);
    worker_with(board, listen).await
}

pub(crate) async fn worker_with(board: StatusBoard, listen: &str) -> Worker {
    let server = Server::bind(listen).await.unwrap();
    let address = server.address();
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async move {
        let _ = stopped.await;
    };
    let serving = tokio::spawn(server.serve(board.clone(), metrics(), shutdown));
    Worker {
        board,
        address,
        stop,
        serving,
    }
}

impl Worker {
    pub(crate) fn all_checks_pass(&self) {
        for name in [check::RUNNING, check::DATABASE, check::BROKER] {
            self.board.check(name, Ok(()));
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).await
    }

    pub(crate) async fn ask(&self, method: &str, path: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head[9..12].parse().unwrap(),
            head: head.to_lowercase(),
            body: body.to_owned(),
        }
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}
