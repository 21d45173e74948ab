//! Sends events beside everything else, and knows how many were acknowledged.

use crate::harness::{Broker, Script};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::Mutex;

const AT_ONCE: usize = 200;

#[derive(Debug)]
pub(crate) struct Sender {
    acknowledged: Arc<AtomicI64>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Script>,
}

impl Sender {
    /// Sends about this many records a second until it is stopped, and while nobody holds the gate.
    pub(crate) fn start(broker: &Broker, mut script: Script, rate: u32, gate: Arc<Mutex<()>>) -> Self {
        let acknowledged = Arc::new(AtomicI64::new(i64::try_from(script.sent().len()).unwrap()));
        let stop = Arc::new(AtomicBool::new(false));
        let (broker, told, stopped) = (broker.clone(), Arc::clone(&acknowledged), Arc::clone(&stop));
        let pause = Duration::from_secs(1) * u32::try_from(AT_ONCE).unwrap() / rate;
        let thread = thread::spawn(move || {
            while !stopped.load(Ordering::SeqCst) {
                let open = gate.blocking_lock();
                broker.send(&script.mixed(AT_ONCE));
                drop(open);
                told.store(i64::try_from(script.sent().len()).unwrap(), Ordering::SeqCst);
                thread::sleep(pause);
            }
            script
        });
        Self {
            acknowledged,
            stop,
            thread,
        }
    }

    pub(crate) fn acknowledged(&self) -> i64 {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Gives back the script with all that was sent.
    pub(crate) fn stop(self) -> Script {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().expect("the broker took every record")
    }
}
