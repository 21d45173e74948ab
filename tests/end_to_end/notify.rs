//! What a service manager hears of the worker.

use crate::database::FreshDatabase;
use crate::harness::{Scene, eventually, until};
use std::os::unix::net::UnixDatagram;
use std::time::Duration;
use tempfile::TempDir;

/// How long it waits for a sign of life.
const WATCHDOG: Duration = Duration::from_secs(4);

/// A service manager that only listens.
struct Manager {
    socket: UnixDatagram,
    /// Where the socket is.
    directory: TempDir,
    heard: Vec<String>,
}

impl Manager {
    fn beside(scene: &mut Scene) -> Self {
        let directory = TempDir::new().unwrap();
        let socket = UnixDatagram::bind(directory.path().join("notify")).unwrap();
        socket.set_nonblocking(true).unwrap();
        let manager = Self {
            socket,
            directory,
            heard: Vec::new(),
        };
        let path = manager.directory.path().join("notify");
        scene.set_variable("NOTIFY_SOCKET", path.to_str().unwrap());
        scene.set_variable("WATCHDOG_USEC", &WATCHDOG.as_micros().to_string());
        manager
    }

    /// All lines so far.
    fn lines(&mut self) -> &[String] {
        let mut buffer = [0; 4096];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]);
            self.heard.extend(text.lines().map(str::to_owned));
        }
        &self.heard
    }

    fn count(&mut self, begin: &str) -> usize {
        self.lines().iter().filter(|line| line.starts_with(begin)).count()
    }
}

#[tokio::test]
async fn a_service_manager_hears_ready_signs_of_life_how_things_stand_and_the_end() {
    let mut scene = Scene::new(1, 2).await;
    let mut manager = Manager::beside(&mut scene);
    let worker = scene.start(&["run"]);
    until("the worker has its partitions", async || {
        manager.count("STATUS=ready: 2 partitions") > 0
    })
    .await;
    assert_eq!(manager.lines()[0], "READY=1");
    let before = manager.count("WATCHDOG=1");
    until("the signs of life go on", async || {
        manager.count("WATCHDOG=1") > before + 2
    })
    .await;
    assert_eq!(manager.count("STOPPING=1"), 0);
    worker.stop().await;
    assert_eq!((manager.count("READY=1"), manager.count("STOPPING=1")), (1, 1));
}

#[tokio::test]
async fn a_start_that_waits_for_its_database_is_ready_and_says_what_it_waits_for() {
    let mut scene = Scene::not_migrated(FreshDatabase::empty().await, 1);
    scene.set("DATABASE__URL", "postgres://127.0.0.1:1/nowhere");
    let mut manager = Manager::beside(&mut scene);
    let worker = scene.start(&["run"]);
    let line = eventually("it says what is missing", async || {
        let mut lines = manager.lines().iter();
        lines
            .find(|line| line.starts_with("STATUS=not ready: database"))
            .cloned()
    })
    .await;
    assert!(line.contains("not reachable"), "{line}");
    assert_eq!(manager.lines()[0], "READY=1");
    assert!(manager.count("WATCHDOG=1") > 0);
    worker.stop().await;
}
