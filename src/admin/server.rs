//! Binding the port, routes, and the end.

use super::answer::{self, State};
use crate::telemetry::{Metrics, StatusBoard};
use axum::Router;
use axum::middleware::map_response;
use axum::routing::get;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval, sleep};

/// How long a request that is under way at the end may still take.
const GRACE: Duration = Duration::from_secs(1);
/// How often observations are folded into the histograms, and the history of the status is added to.
const KEEP_EVERY: Duration = Duration::from_secs(1);

/// Why the admin port does not answer.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The address cannot be taken.
    #[error("`admin.listen` = `{listen}` cannot be opened: {source}; is another worker running here?")]
    Bind {
        /// The setting.
        listen: String,
        /// What the system says.
        source: io::Error,
    },
    /// The port was open and failed.
    #[error("the admin port failed: {0}")]
    Serve(#[from] io::Error),
}

/// An admin port that is open and does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Opens the port of `admin.listen`, as `address:port` or `name:port`; port 0 takes a free one.
    pub async fn bind(listen: &str) -> Result<Self, AdminError> {
        let failed = |source| AdminError::Bind {
            listen: listen.to_owned(),
            source,
        };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// The address that was taken.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `shutdown` is done, and at most a second longer. Also keeps the histograms small and the
    /// history up to date.
    pub async fn serve(
        self,
        board: StatusBoard,
        metrics: Metrics,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), AdminError> {
        let keeping = keep(board.clone(), metrics.clone());
        let state = State { board, metrics };
        let (ended, end) = tokio::sync::oneshot::channel();
        let shutdown = async move {
            shutdown.await;
            // nobody listens only if serving has ended by itself
            let _ = ended.send(());
        };
        let serving = axum::serve(self.listener, routes(state)).with_graceful_shutdown(shutdown);
        let overdue = async {
            if end.await.is_ok() {
                sleep(GRACE).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            served = serving => Ok(served?),
            () = overdue => Ok(()),
            () = keeping => Ok(()),
        }
    }
}

fn routes(state: State) -> Router {
    Router::new()
        .route("/", get(answer::page))
        .route("/page.js", get(answer::script))
        .route("/livez", get(answer::livez))
        .route("/readyz", get(answer::readyz))
        .route("/metrics", get(answer::metrics))
        .route("/api/status", get(answer::status))
        .fallback(answer::not_found)
        .method_not_allowed_fallback(answer::only_get)
        .layer(map_response(answer::with_headers))
        .with_state(state)
}

/// What has to be done from time to time, scraped or not, and whatever the worker waits for.
async fn keep(board: StatusBoard, metrics: Metrics) {
    let mut ticks = interval(KEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        metrics.fold();
        board.remember();
    }
}
