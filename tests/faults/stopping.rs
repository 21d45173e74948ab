//! SIGTERM, whatever is the matter: the worker ends within its deadline.

use crate::harness::Worker;
use crate::proxy::Link;
use crate::trial::Trial;
use crate::world::World;
use std::env;
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(6);
/// What leaving the group and the end of the process may take.
const SPARE: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    Idle,
    UnderLoad,
    Starting,
    Database(Link),
    Broker(Link),
}

const CONDITIONS: [Condition; 7] = [
    Condition::Idle,
    Condition::UnderLoad,
    Condition::Starting,
    Condition::Database(Link::Down),
    Condition::Database(Link::Silent),
    Condition::Broker(Link::Down),
    Condition::Broker(Link::Silent),
];

impl Condition {
    fn set(self, world: &World, link: Link) {
        match self {
            Self::Database(_) | Self::Starting => world.link.set(link),
            Self::Broker(_) => world.kafka.proxy.set(link),
            Self::Idle | Self::UnderLoad => {}
        }
    }

    fn fault(self) -> Link {
        match self {
            Self::Database(link) | Self::Broker(link) => link,
            Self::Starting => Link::Down,
            Self::Idle | Self::UnderLoad => Link::Pass,
        }
    }
}

/// `FAULTS_STOPS` rounds, or one.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_told_to_stop_ends_within_its_deadline_in_every_condition() {
    let rounds = env::var("FAULTS_STOPS").map_or(1, |rounds| rounds.parse().expect("a number of rounds"));
    let (world, mut trial) = World::with_trial(2, 2).await;
    trial.scene.set("SHUTDOWN__DEADLINE", "6s");
    for _ in 0..rounds {
        for condition in CONDITIONS {
            let worker = bring_about(condition, &world, &mut trial).await;
            let began = Instant::now();
            worker.terminate();
            let finished = worker.finished().await;
            let took = began.elapsed();
            println!("{condition:?}: ended with {:?} after {took:?}", finished.code);
            assert!(took < DEADLINE + SPARE, "{condition:?}: {took:?}\n{}", finished.stderr);
            let allowed: &[i32] = if condition.fault() == Link::Pass { &[0] } else { &[0, 1] };
            assert!(
                finished.code.is_some_and(|code| allowed.contains(&code)),
                "{}",
                finished.stderr
            );
            condition.set(&world, Link::Pass);
            trial.faults += 1;
        }
    }
    trial.judge("stops").await;
}

async fn bring_about(condition: Condition, world: &World, trial: &mut Trial) -> Worker {
    if condition == Condition::Starting {
        condition.set(world, condition.fault());
        let mut worker = trial.scene.start(&["run"]);
        worker.address().await;
        return worker;
    }
    let worker = trial.scene.start(&["run"]);
    trial.send(100);
    trial.stored().await;
    condition.set(world, condition.fault());
    if condition != Condition::Idle {
        trial.send(2_000);
    }
    worker
}
