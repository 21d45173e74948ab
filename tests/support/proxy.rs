//! Stands between a worker and a service, and is at fault on demand.

use sqlx::postgres::PgConnectOptions;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How the network behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Link {
    Pass,
    /// Each piece of data comes later by this.
    Delay(Duration),
    /// Connections are open, and nothing goes through; what was sent arrives when the link is good again.
    Silent,
    /// The client is told that nothing more will come, while what it sends still arrives.
    HalfClosed,
    /// Connections end, and new ones at once too.
    Down,
}

#[derive(Clone, Copy, Debug)]
struct State {
    link: Link,
    /// Connections made before the latest of these are over.
    cuts: u64,
}

/// COMMITs that are yet to be lost.
#[derive(Debug, Default)]
struct Losses {
    answers: AtomicUsize,
    statements: AtomicUsize,
    lost: AtomicUsize,
}

/// Dropped, it ends with all its connections.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    state: watch::Sender<State>,
    service: Arc<Mutex<SocketAddr>>,
    losses: Arc<Losses>,
}

impl Proxy {
    /// Leads to `service`, as host:port.
    pub(crate) fn before(service: &str) -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (state, watched) = watch::channel(State {
            link: Link::Pass,
            cuts: 0,
        });
        let proxy = Self {
            port,
            state,
            service: Arc::new(Mutex::new(address(service))),
            losses: Arc::default(),
        };
        let (service, losses) = (Arc::clone(&proxy.service), Arc::clone(&proxy.losses));
        // a thread of its own, since a test may hold up its own runtime while it starts and stops services
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(serve(listener, service, watched, losses));
        });
        proxy
    }

    /// Leads to the server of a database.
    pub(crate) fn before_database(options: &PgConnectOptions) -> Self {
        Self::before(&format!("{}:{}", options.get_host(), options.get_port()))
    }

    /// Leads to another service from now on; connections that are open go on.
    pub(crate) fn lead_to(&self, service: &str) {
        *self.service.lock().unwrap() = address(service);
    }

    pub(crate) fn set(&self, link: Link) {
        self.state.send_modify(|state| {
            state.link = link;
            state.cuts += u64::from(link == Link::Down);
        });
    }

    /// Ends all connections that there are; new ones are good.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// The next COMMITs arrive, and their answers get lost with their connections.
    pub(crate) fn lose_answers(&self, count: usize) {
        self.losses.answers.fetch_add(count, Ordering::SeqCst);
    }

    /// The next COMMITs get lost with their connections.
    pub(crate) fn lose_commits(&self, count: usize) {
        self.losses.statements.fetch_add(count, Ordering::SeqCst);
    }

    /// How many COMMITs and answers to one were lost.
    pub(crate) fn lost(&self) -> usize {
        self.losses.lost.load(Ordering::SeqCst)
    }
}

fn address(service: &str) -> SocketAddr {
    let service = service.replace("localhost", "127.0.0.1");
    service.parse().expect("host:port with an address")
}

async fn serve(
    listener: std::net::TcpListener,
    service: Arc<Mutex<SocketAddr>>,
    mut state: watch::Receiver<State>,
    losses: Arc<Losses>,
) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                let (to, state, losses) = (*service.lock().unwrap(), state.clone(), Arc::clone(&losses));
                if state.borrow().link != Link::Down {
                    tokio::spawn(connect(client, to, state, losses));
                }
            }
            changed = state.changed() => if changed.is_err() { return },
        }
    }
}

async fn connect(client: TcpStream, to: SocketAddr, state: watch::Receiver<State>, losses: Arc<Losses>) {
    let Ok(server) = TcpStream::connect(to).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let cuts = state.borrow().cuts;
    let mute = Arc::new(AtomicBool::new(false));
    let gate = || Gate {
        state: state.clone(),
        cuts,
        mute: Arc::clone(&mute),
    };
    tokio::join!(
        pass_statements(from_client, to_server, gate(), &losses),
        pass_answers(from_server, to_client, gate())
    );
}

/// What one direction of one connection obeys.
struct Gate {
    state: watch::Receiver<State>,
    cuts: u64,
    /// No answer goes through any more.
    mute: Arc<AtomicBool>,
}

impl Gate {
    fn is_over(&self) -> bool {
        self.state.borrow().cuts != self.cuts
    }

    /// The next piece of data; none when the connection is over.
    async fn read(&mut self, from: &mut OwnedReadHalf, bytes: &mut [u8], answers: bool) -> Option<usize> {
        loop {
            let half_closed = answers && self.state.borrow_and_update().link == Link::HalfClosed;
            if half_closed || self.is_over() {
                return None;
            }
            tokio::select! {
                read = from.read(bytes) => return read.ok().filter(|length| *length > 0),
                changed = self.state.changed() => changed.ok()?,
            }
        }
    }

    /// Waits until data may go on; none when the connection is over.
    async fn open(&mut self) -> Option<()> {
        loop {
            let link = self.state.borrow_and_update().link;
            if self.is_over() {
                return None;
            }
            match link {
                Link::Silent => self.state.changed().await.ok()?,
                Link::Delay(delay) => {
                    tokio::time::sleep(delay).await;
                    return Some(());
                }
                Link::Pass | Link::HalfClosed => return Some(()),
                Link::Down => return None,
            }
        }
    }
}

async fn pass_statements(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut gate: Gate, losses: &Losses) {
    let mut bytes = vec![0; 65_536];
    while let Some(length) = gate.read(&mut from, &mut bytes, false).await {
        let sent = &bytes[..length];
        if gate.open().await.is_none() {
            break;
        }
        if sent.windows(6).any(|word| word == b"COMMIT") {
            if take(&losses.statements) {
                losses.lost.fetch_add(1, Ordering::SeqCst);
                break;
            }
            if take(&losses.answers) {
                losses.lost.fetch_add(1, Ordering::SeqCst);
                gate.mute.store(true, Ordering::SeqCst);
            }
        }
        if to.write_all(sent).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}

async fn pass_answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut gate: Gate) {
    let mut bytes = vec![0; 65_536];
    while let Some(length) = gate.read(&mut from, &mut bytes, true).await {
        let goes_on = gate.open().await.is_some() && !gate.mute.load(Ordering::SeqCst);
        if !goes_on || to.write_all(&bytes[..length]).await.is_err() {
            break;
        }
    }
    // the client sees its connection end
    let _ = to.shutdown().await;
}

fn take(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
        .is_ok()
}
