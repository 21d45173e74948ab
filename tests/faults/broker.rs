//! Each fault of the broker once, under load; after each repair all is stored within 30 s.

use crate::harness::{get, until};
use crate::proxy::Link;
use crate::trial::Trial;
use crate::world::World;
use std::time::Duration;
use tokio::time::sleep;

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_the_broker_is_waited_for() {
    let (world, mut trial) = World::with_trial(2, 2).await;
    world.kafka.proxy.set(Link::Down);
    trial.send(200);
    let mut worker = trial.scene.start(&["run"]);
    let address = worker.address().await;
    until("the worker misses the broker", async || {
        let (status, body) = get(address, "/readyz").unwrap();
        status == 503 && body.contains("broker")
    })
    .await;
    world.kafka.proxy.set(Link::Pass);
    trial.faults += 1;
    trial.recovers("a broker that was away at the start").await;

    let delay = Link::Delay(Duration::from_millis(50));
    for (link, seconds) in [(Link::Down, 10), (Link::Silent, 8), (Link::HalfClosed, 4), (delay, 4)] {
        world.kafka.proxy.set(link);
        trial.send(200);
        sleep(Duration::from_secs(seconds)).await;
        world.kafka.proxy.set(Link::Pass);
        trial.faults += 1;
        trial.recovers(&format!("{link:?} to the broker for {seconds} s")).await;
    }
    world.kafka.signal("STOP");
    sleep(Duration::from_secs(6)).await;
    world.kafka.signal("CONT");
    send_and_recover(&mut trial, "a broker that stood still").await;
    world.kafka.stop();
    world.kafka.start();
    send_and_recover(&mut trial, "a broker that was restarted").await;
    worker.stop().await;
    trial.judge("faults of the broker").await;
}

async fn send_and_recover(trial: &mut Trial, from: &str) {
    trial.send(200);
    trial.faults += 1;
    trial.recovers(from).await;
}
