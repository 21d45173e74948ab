//! Two workers, one log, one database, and everything that can go wrong in any order.
//!
//! The database refuses whatever does not continue the stored position under the last epoch, and a hint that is not
//! stored or goes back fails the test where it happens. At the end all records are stored, each once.

use super::fake::{Fate, Held};
use super::world::{Running, World, at, plays};
use crate::pipeline::{End, FailureKind, SourceEvent};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use std::slice::from_ref;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};

const PARTITIONS: i32 = 5;
const STEPS: usize = 150;
const SEEDS: std::ops::Range<u64> = 0..30;

struct Simulation {
    world: World,
    workers: Vec<Running>,
    random: StdRng,
}

#[test]
fn whatever_happens_in_whatever_order_every_record_is_stored_once() {
    for seed in SEEDS {
        println!("seed {seed}");
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(Simulation::new(seed).run());
    }
}

/// Up to 40 ms for each call of the database, and a failure of any kind in one of eight.
fn chance(mut random: StdRng) -> impl FnMut() -> (Duration, Fate) {
    let kinds = [
        FailureKind::Contention,
        FailureKind::Connection,
        FailureKind::ReadOnly,
        FailureKind::Outage,
        FailureKind::Defect,
    ];
    move || {
        let latency = Duration::from_millis(random.random_range(0..40));
        let fate = match random.random_range(0..24) {
            0 => Fate::LosesAnswer,
            1..=2 => Fate::Fails(*kinds.choose(&mut random).unwrap()),
            _ => Fate::Commits,
        };
        (latency, fate)
    }
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut world = World::new(PARTITIONS);
        world.seed = seed;
        world.chunk = random.random_range(1..8);
        world.settings.lanes = random.random_range(1..4);
        world.settings.batch.max_rows = random.random_range(1..20);
        world.settings.batch.max_wait = Duration::from_millis(random.random_range(1..300));
        Self {
            world,
            workers: Vec::new(),
            random,
        }
    }

    async fn run(mut self) {
        let chance = chance(self.random.fork());
        self.world.store.leave_to(Some(Box::new(chance)));
        self.workers = vec![self.world.worker(), self.world.worker()];
        for _ in 0..STEPS {
            self.step().await;
        }
        self.come_to_rest().await;
    }

    async fn step(&mut self) {
        let partition = self.random.random_range(0..PARTITIONS);
        let worker = self.random.random_range(0..self.workers.len());
        match self.random.random_range(0..100) {
            0..30 => self.world.append([partition], self.random.random_range(1..40)),
            30..34 => self
                .world
                .log
                .append_markers(&plays(partition), self.random.random_range(1..4)),
            34..54 => self.assign(worker, partition),
            54..62 => self.revoke(worker, partition),
            62..68 => self.workers[worker].source.lose(&[plays(partition)]),
            68..70 => self.workers[worker].source.inject(SourceEvent::PositionsInDoubt),
            70..72 => self.world.store.hold(Held::Claims),
            72..75 => self.world.store.hold(Held::Lane(self.random.random_range(0..6))),
            75..80 => self.world.store.let_all_go(),
            80..81 => self.replace(worker).await,
            _ => self.pass_time().await,
        }
    }

    /// The group gives a free partition away; now and then one that somebody holds who has not noticed yet that
    /// it is gone.
    fn assign(&mut self, worker: usize, partition: i32) {
        let partition = plays(partition);
        let holds = |running: &Running| running.source.granted().contains(&partition);
        let free = !self.workers.iter().any(holds);
        if free || (!holds(&self.workers[worker]) && self.random.random_ratio(1, 10)) {
            self.workers[worker].source.assign(&[partition]);
        }
    }

    fn revoke(&self, worker: usize, partition: i32) {
        let (source, partition) = (&self.workers[worker].source, plays(partition));
        if source.granted().contains(&partition) && !source.revoked().contains(&partition) {
            source.revoke(&[partition]);
        }
    }

    /// A worker stops or crashes, and another one begins.
    async fn replace(&mut self, worker: usize) {
        let successor = self.world.worker();
        let former = std::mem::replace(&mut self.workers[worker], successor);
        if self.random.random() {
            former.kill();
        } else {
            let end = former.stop().await;
            assert!(matches!(end, End::Stopped | End::DeadlinePassed), "{end:?}");
        }
    }

    async fn pass_time(&mut self) {
        let longest = if self.random.random_ratio(1, 10) { 12_000 } else { 400 };
        sleep(Duration::from_millis(self.random.random_range(0..longest))).await;
    }

    /// Nothing fails any more, and the group comes to give each partition to one worker. What a worker still has by
    /// then it keeps: it has to get over all that happened by itself.
    async fn come_to_rest(self) {
        let Self { world, workers, .. } = self;
        world.store.leave_to(None);
        world.store.let_all_go();
        // until what is revoked is released
        at(Instant::now(), 15.0).await;
        for partition in (0..PARTITIONS).map(plays) {
            let mut holders = workers
                .iter()
                .filter(|worker| worker.source.granted().contains(&partition));
            if holders.next().is_none() {
                workers[0].source.assign(from_ref(&partition));
            }
            holders.for_each(|worker| worker.source.lose(from_ref(&partition)));
        }
        for worker in &workers {
            worker.source.assign(&[]);
        }
        at(Instant::now(), 120.0).await;
        world.assert_each_stored(0..PARTITIONS);
        for worker in workers {
            let status = worker.board.look();
            assert_eq!(status.buffer_bytes, 0);
            assert!(status.ready, "{:?}", status.checks);
            assert_eq!(worker.stop().await, End::Stopped);
        }
    }
}
