//! Each fault of the database once, under load; after each repair all is stored within 30 s.

use crate::harness::{Worker, get, until};
use crate::proxy::Link;
use crate::tmpfs::Tmpfs;
use crate::trial::Trial;
use crate::world::World;
use sqlx::{Connection, Executor, PgConnection};
use std::time::Duration;
use tokio::time::sleep;

/// Sends, and waits until the readiness of the worker names the cause.
async fn not_ready(trial: &mut Trial, worker: &mut Worker, cause: &str) {
    trial.send(200);
    trial.faults += 1;
    let address = worker.address().await;
    until(&format!("the worker is not ready: {cause}"), async || {
        let (status, body) = get(address, "/readyz").unwrap();
        status == 503 && body.contains(cause)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_the_database_is_waited_for_and_becomes_no_dead_letter() {
    // dropped last, since the server has files there
    let small = Tmpfs::new("8m");
    let (mut world, mut trial) = World::with_trial(2, 2).await;
    let mut worker = trial.scene.start(&["run"]);
    trial.send(200);
    trial.stored().await;

    for _ in 0..10 {
        trial.send(100);
        world.end_sessions().await;
        trial.faults += 1;
    }
    trial.recovers("sessions that an administrator ended").await;

    world.change_database("alter system set max_connections = 25").await;
    world.stop_database();
    not_ready(&mut trial, &mut worker, "database").await;
    world.start_database();
    trial.recovers("a restart").await;

    let sessions = world.take_all_connections().await;
    not_ready(&mut trial, &mut worker, "too many clients").await;
    drop(sessions);
    trial.recovers("exhausted connections").await;

    hold_a_lock(&mut trial, &mut worker).await;
    slow_down(&world, &mut trial).await;
    go_silent(&world, &mut trial).await;
    add_columns(&mut trial).await;

    world.follow().await;
    world.lead_to_standby();
    not_ready(&mut trial, &mut worker, "read-only").await;
    world.fail_over().await;
    trial.recovers("a failover").await;

    if let Some(small) = &small {
        fill_disk(&world, &mut trial, &mut worker, small).await;
    } else {
        println!("no full disk: only root may mount one");
    }
    worker.stop().await;
    trial.judge("faults of the database").await;
}

/// Longer than a statement waits for a lock, and until the worker says that somebody is in its way.
async fn hold_a_lock(trial: &mut Trial, worker: &mut Worker) {
    let mut holder = trial.scene.database.connect().await;
    let mut lock = holder.begin().await.unwrap();
    lock.execute("lock table listening_history in share mode")
        .await
        .unwrap();
    not_ready(trial, worker, "another session has been in the way").await;
    assert!(worker.log().contains("lock timeout"), "{}", worker.log());
    lock.rollback().await.unwrap();
    trial.recovers("an idle lock holder").await;
}

async fn slow_down(world: &World, trial: &mut Trial) {
    world.link.set(Link::Delay(Duration::from_millis(50)));
    trial.send(200);
    trial.faults += 1;
    trial.recovers("a slow link").await;
    world.link.set(Link::Pass);
}

async fn go_silent(world: &World, trial: &mut Trial) {
    for then in [Link::Pass, Link::Down, Link::HalfClosed] {
        world.link.set(Link::Silent);
        trial.send(200);
        sleep(Duration::from_secs(5)).await;
        world.link.set(then);
        world.link.set(Link::Pass);
        trial.faults += 1;
        trial.recovers(&format!("a silent link, then {then:?}")).await;
    }
}

async fn add_columns(trial: &mut Trial) {
    let mut backend: PgConnection = trial.scene.database.connect().await;
    for statement in [
        "alter table listening_history add column mood text",
        "alter table liked_tracks add column rank integer not null default 7",
        "alter table users add column email text",
    ] {
        trial.send(200);
        backend.execute(statement).await.unwrap();
        trial.faults += 1;
        trial.recovers("an added column").await;
    }
}

async fn fill_disk(world: &World, trial: &mut Trial, worker: &mut Worker, small: &Tmpfs) {
    world.make_tablespace(&small.path()).await;
    let mut backend = trial.scene.database.connect().await;
    for table in ["listening_history", "ingest.dead_letters"] {
        let place = format!("alter table {table} set tablespace small");
        backend.execute(place.as_str()).await.unwrap();
    }
    small.fill();
    // pages that are there already have room for some
    trial.send(3_000);
    not_ready(trial, worker, "No space left on device").await;
    small.empty();
    trial.recovers("a full disk").await;
}
