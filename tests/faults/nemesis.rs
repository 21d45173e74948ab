//! Chooses what goes wrong next, by a seed, and does it.

use crate::harness::{Worker, eventually, until};
use crate::proxy::{Link, Proxy};
use crate::trial::Trial;
use crate::world::World;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use sqlx::Executor;
use std::time::Duration;
use tokio::time::sleep;

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Action {
    Kill,
    Freeze,
    Stop,
    Join,
    EndSessions,
    RestartDatabase,
    FailOver,
    PauseBroker,
    RestartBroker,
    DatabaseLink(Link),
    BrokerLink(Link),
    LoseCommits,
    DeleteParents,
    AddColumn,
}

const DELAY: Link = Link::Delay(Duration::from_millis(40));
const ACTIONS: [Action; 22] = [
    Action::Kill,
    Action::Kill,
    Action::Kill,
    Action::Freeze,
    Action::Freeze,
    Action::Stop,
    Action::Join,
    Action::EndSessions,
    Action::RestartDatabase,
    Action::FailOver,
    Action::PauseBroker,
    Action::RestartBroker,
    Action::DatabaseLink(Link::Down),
    Action::DatabaseLink(Link::Silent),
    Action::DatabaseLink(Link::HalfClosed),
    Action::DatabaseLink(DELAY),
    Action::BrokerLink(Link::Down),
    Action::BrokerLink(Link::Silent),
    Action::BrokerLink(DELAY),
    Action::LoseCommits,
    Action::DeleteParents,
    Action::AddColumn,
];
const WORKERS: std::ops::RangeInclusive<usize> = 2..=4;
/// Users and tracks before this one are never deleted.
const STAYING: usize = 20;

#[derive(Debug)]
pub(crate) struct Nemesis {
    pub(crate) dice: StdRng,
    pub(crate) workers: Vec<Worker>,
}

impl Nemesis {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            dice: StdRng::seed_from_u64(seed),
            workers: Vec::new(),
        }
    }

    /// Starts workers until there are enough, and fails if one has ended by itself.
    pub(crate) fn attend(&mut self, trial: &Trial) {
        for worker in &mut self.workers {
            assert!(worker.is_alive(), "a worker ended by itself: {}", worker.log());
        }
        while self.workers.len() < *WORKERS.start() {
            self.workers.push(trial.scene.start(&["run"]));
        }
    }

    /// Does something, and repairs it.
    pub(crate) async fn act(&mut self, world: &mut World, trial: &mut Trial) -> Action {
        let action = *ACTIONS.choose(&mut self.dice).unwrap();
        let for_a_while = Duration::from_millis(self.dice.random_range(200..8_000));
        println!("{action:?} for {for_a_while:?}");
        match action {
            Action::Kill | Action::Freeze | Action::Stop | Action::Join => {
                self.handle_worker(action, for_a_while, trial).await;
            }
            Action::EndSessions => world.end_sessions().await,
            Action::RestartDatabase => {
                world.stop_database();
                sleep(for_a_while).await;
                world.start_database();
            }
            Action::FailOver => fail_over(world, for_a_while).await,
            Action::PauseBroker | Action::RestartBroker => trouble_broker(action, for_a_while, world, trial).await,
            Action::DatabaseLink(link) => disturb(&world.link, link, for_a_while).await,
            Action::BrokerLink(link) => disturb(&world.kafka.proxy, link, for_a_while).await,
            Action::LoseCommits => {
                world.link.lose_answers(self.dice.random_range(1..6));
                world.link.lose_commits(self.dice.random_range(1..6));
            }
            Action::DeleteParents => self.delete_parents(trial).await,
            Action::AddColumn => add_column(trial).await,
        }
        trial.faults += 1;
        action
    }

    async fn handle_worker(&mut self, action: Action, for_a_while: Duration, trial: &mut Trial) {
        let number = self.dice.random_range(0..self.workers.len());
        match action {
            Action::Kill => {
                self.workers.swap_remove(number).kill();
                trial.kills += 1;
            }
            Action::Freeze => {
                self.workers[number].signal("STOP");
                sleep(for_a_while).await;
                self.workers[number].signal("CONT");
            }
            Action::Stop => stop(self.workers.swap_remove(number)).await,
            _ if self.workers.len() < *WORKERS.end() => self.workers.push(trial.scene.start(&["run"])),
            _ => {}
        }
    }

    /// As the backend does it, which waits for a lock at most two seconds.
    async fn delete_parents(&mut self, trial: &Trial) {
        let number = self.dice.random_range(STAYING..trial.scene.users.len());
        let mut backend = trial.scene.database.connect().await;
        backend.execute("set lock_timeout = '20s'").await.unwrap();
        for (statement, id) in [
            ("delete from users where id = $1", trial.scene.users[number].0),
            ("delete from tracks where id = $1", trial.scene.tracks[number].0),
        ] {
            let deleted = sqlx::query(statement).bind(id).execute(&mut backend).await;
            deleted.expect("the backend is never harmed");
        }
    }

    /// Stops all workers; each has to store what it has.
    pub(crate) async fn end(&mut self) {
        for worker in self.workers.drain(..) {
            stop(worker).await;
        }
    }
}

/// A process that has just begun does not know the signal yet.
async fn stop(mut worker: Worker) {
    worker.address().await;
    worker.stop().await;
}

/// Nothing is sent meanwhile, and until the cluster names its broker again: the client of the test may forget all
/// brokers just as those of the workers may, and would never know which of its records have arrived.
async fn trouble_broker(action: Action, for_a_while: Duration, world: &World, trial: &Trial) {
    let gate = trial.gate.lock().await;
    if action == Action::RestartBroker {
        world.kafka.stop();
        world.kafka.start();
    } else {
        world.kafka.signal("STOP");
        sleep(for_a_while).await;
        world.kafka.signal("CONT");
    }
    until("the cluster names its broker", async || trial.scene.broker.is_named()).await;
    drop(gate);
}

async fn disturb(proxy: &Proxy, link: Link, for_a_while: Duration) {
    proxy.set(link);
    sleep(for_a_while).await;
    proxy.set(Link::Pass);
}

/// Commits of the last moments are lost in it.
async fn fail_over(world: &mut World, for_a_while: Duration) {
    world.follow().await;
    world.leave_behind().await;
    sleep(for_a_while / 4).await;
    world.fail_over().await;
}

async fn add_column(trial: &Trial) {
    let mut backend = trial.scene.database.connect().await;
    let name = format!("c{}", uuid::Uuid::new_v4().simple());
    eventually("the backend gets its lock", async || {
        let add = format!("alter table listening_history add column {name} integer");
        let added = sqlx::raw_sql(&add).execute(&mut backend).await;
        added.ok().map(|_| ())
    })
    .await;
}
