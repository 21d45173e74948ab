//! Between a lane and PostgreSQL: passes everything on, but the answer to the first COMMIT gets lost with its
//! connection.

use sqlx::postgres::PgConnectOptions;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

pub(crate) struct Proxy {
    /// How to reach the database through it.
    pub(crate) options: PgConnectOptions,
}

impl Proxy {
    pub(crate) async fn before(server: &PgConnectOptions) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let address = (server.get_host().to_owned(), server.get_port());
        let cut = Arc::new(AtomicBool::new(false));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect((&*address.0, address.1)).await.unwrap();
                tokio::spawn(pass(client, server, Arc::clone(&cut)));
            }
        });
        Self {
            options: server.clone().host("127.0.0.1").port(port),
        }
    }
}

async fn pass(client: TcpStream, server: TcpStream, cut: Arc<AtomicBool>) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let (committed, commit) = oneshot::channel();
    let answers = tokio::spawn(pass_answers(from_server, to_client, commit));
    pass_statements(from_client, to_server, committed, &cut).await;
    let _ = answers.await;
}

async fn pass_statements(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    committed: oneshot::Sender<()>,
    cut: &AtomicBool,
) {
    let mut committed = Some(committed);
    let mut bytes = vec![0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        let sent = &bytes[..length];
        if sent.windows(6).any(|word| word == b"COMMIT") && !cut.swap(true, Ordering::SeqCst) {
            // from here on no answer goes through
            let _ = committed.take().map(|committed| committed.send(()));
        }
        if to.write_all(sent).await.is_err() {
            return;
        }
    }
}

async fn pass_answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut commit: oneshot::Receiver<()>) {
    let mut bytes = vec![0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        if commit.try_recv().is_ok() || to.write_all(&bytes[..length]).await.is_err() {
            // the client sees its connection end
            let _ = to.shutdown().await;
            return;
        }
    }
}
