//! A cluster that comes up answers for a moment that it has topics and no brokers. The client library then forgets
//! every broker, and some of its clients never find one again.

use crate::harness::until;
use crate::world::World;
use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

const METADATA: [u8; 2] = 3_i16.to_be_bytes();

/// Connection and number of a question that is open.
type Question = (usize, [u8; 4]);

/// Stands before a broker and strikes the brokers out of its answers while it is on.
#[derive(Clone, Debug, Default)]
struct Eraser {
    on: Arc<AtomicBool>,
    erased: Arc<AtomicUsize>,
    asked: Arc<Mutex<BTreeSet<Question>>>,
}

impl Eraser {
    /// Leads to `service`; gives its own address.
    fn before(&self, service: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (eraser, service) = (self.clone(), service.to_owned());
        thread::spawn(move || {
            for (connection, client) in listener.incoming().flatten().enumerate() {
                let Ok(server) = TcpStream::connect(&service) else {
                    continue;
                };
                let ask = eraser.clone();
                carry(&client, &server, move |frame| ask.ask(connection, frame));
                let answer = eraser.clone();
                carry(&server, &client, move |frame| answer.answer(connection, frame));
            }
        });
        address
    }

    fn ask(&self, connection: usize, frame: Vec<u8>) -> Vec<u8> {
        if frame[..2] == METADATA {
            let number = frame[4..8].try_into().unwrap();
            self.asked.lock().unwrap().insert((connection, number));
        }
        frame
    }

    fn answer(&self, connection: usize, frame: Vec<u8>) -> Vec<u8> {
        let number = frame[..4].try_into().unwrap();
        let is_metadata = self.asked.lock().unwrap().remove(&(connection, number));
        if !is_metadata || !self.on.load(Ordering::SeqCst) {
            return frame;
        }
        self.erased.fetch_add(1, Ordering::SeqCst);
        without_brokers(&frame)
    }
}

/// Of version 9 and later: number, tags, throttling, then the brokers as a compact array.
fn without_brokers(frame: &[u8]) -> Vec<u8> {
    const HEAD: usize = 4 + 1 + 4;
    let mut at = HEAD;
    let text = |at: &mut usize| {
        let length = varint(frame, at);
        *at += length.saturating_sub(1);
    };
    for _ in 1..varint(frame, &mut at) {
        at += 4;
        text(&mut at);
        at += 4;
        text(&mut at);
        assert_eq!(varint(frame, &mut at), 0, "a broker has no tags");
    }
    [&frame[..HEAD], &[1], &frame[at..]].concat()
}

fn varint(frame: &[u8], at: &mut usize) -> usize {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = frame[*at];
        *at += 1;
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

/// Hands on whole requests or answers, each as `change` makes it.
fn carry(from: &TcpStream, to: &TcpStream, change: impl Fn(Vec<u8>) -> Vec<u8> + Send + 'static) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    thread::spawn(move || {
        let mut hand_on = || -> io::Result<()> {
            let mut length = [0; 4];
            from.read_exact(&mut length)?;
            let mut frame = vec![0; u32::from_be_bytes(length) as usize];
            from.read_exact(&mut frame)?;
            let frame = change(frame);
            to.write_all(&u32::try_from(frame.len()).unwrap().to_be_bytes())?;
            to.write_all(&frame)
        };
        while hand_on().is_ok() {}
        // one of them is gone already, perhaps
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_names_no_broker_for_a_moment_is_found_again() {
    let eraser = Eraser::default();
    let (world, mut trial) = World::with_trial(2, 2).await;
    let address = eraser.before(&world.kafka.proxied());
    world.kafka.proxy.lead_to(&address);
    // the client asks often, so that there are many such answers
    trial
        .scene
        .set("KAFKA__PROPERTIES__TOPIC_METADATA_REFRESH_INTERVAL_MS", "100");
    let worker = trial.scene.start(&["run"]);
    trial.send(200);
    trial.stored().await;
    // not every such answer leads to it: it is a race in the library
    while trial.faults < 20 && !worker.log().contains("begins anew") {
        let before = eraser.erased.load(Ordering::SeqCst);
        eraser.on.store(true, Ordering::SeqCst);
        until("an answer without brokers", async || {
            eraser.erased.load(Ordering::SeqCst) > before
        })
        .await;
        eraser.on.store(false, Ordering::SeqCst);
        trial.send(20);
        trial.faults += 1;
        trial.recovers("a cluster without brokers").await;
    }
    println!("made anew: {}", worker.log().contains("begins anew"));
    worker.stop().await;
    trial.judge("no brokers").await;
}
