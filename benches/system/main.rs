//! How fast the whole system is, on real Kafka and PostgreSQL. Called by `scripts/bench`, which starts both and says in
//! `BENCH_*` where they are; its arguments are names of sections.
//!
//! Rounds of what is compared alternate in one run, since a machine's speed changes from minute to minute. Each section
//! prints its tables and leaves `target/bench/SECTION.json`, from which the tables of `docs/performance.md` are made.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a benchmark ends at the first thing that is wrong, prints, and counts less than 2^31 of anything"
)]

mod cost;
mod cpu;
mod database;
mod drain;
mod events;
mod figure;
mod freshness;
mod growth;
mod kafka;
mod load;
mod null;
mod page;
mod path;
mod worker;

use events::{Audience, Maker, SEED};
use figure::Report;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const USERS: usize = 50_000;
const TRACKS: usize = 100_000;
/// Every section in the order in which they run.
const SECTIONS: [&str; 11] = [
    "drain",
    "mix",
    "again",
    "freshness",
    "beside",
    "commit",
    "cost",
    "path",
    "memory",
    "growth",
    "rows",
];

/// Where everything is, and how often it is measured.
struct Bench {
    kafka: String,
    kafka_pid: u32,
    postgres: String,
    postgres_pid: u32,
    worker: String,
    rounds: usize,
    audience: Audience,
    numbers: AtomicU32,
}

impl Bench {
    fn from_environment() -> Self {
        let mut maker = Maker::new(SEED);
        let rounds =
            std::env::var("BENCH_ROUNDS").map_or(3, |rounds| rounds.parse().expect("BENCH_ROUNDS is a number"));
        Self {
            kafka: env("BENCH_KAFKA"),
            kafka_pid: env("BENCH_KAFKA_PID").parse().unwrap(),
            postgres: env("BENCH_POSTGRES"),
            postgres_pid: env("BENCH_POSTGRES_PID").parse().unwrap(),
            worker: env("BENCH_WORKER"),
            rounds,
            audience: maker.audience(USERS, TRACKS),
            numbers: AtomicU32::new(0),
        }
    }

    /// A number that this run has not used yet: for names and seeds.
    fn next_number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// The ways of `writer.parent_check` that the program has.
    fn parent_checks(&self) -> Vec<&'static str> {
        let is_taken = |way: &&str| {
            let mut command = Command::new(&self.worker);
            command
                .args(["config", "show"])
                .env("INGEST__WRITER__PARENT_CHECK", way);
            command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap()
                .success()
        };
        ["database", "batched"].into_iter().filter(is_taken).collect()
    }
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run scripts/bench"))
}

#[tokio::main]
async fn main() {
    // cargo says --bench
    let mut wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    if wanted.is_empty() {
        wanted = SECTIONS.map(str::to_owned).to_vec();
    }
    if let Some(unknown) = wanted
        .iter()
        .find(|name| *name != "page" && !SECTIONS.contains(&name.as_str()))
    {
        eprintln!(
            "there is no section {unknown}; there are {} and page",
            SECTIONS.join(", ")
        );
        std::process::exit(2);
    }
    if wanted.iter().any(|name| name != "page") {
        let bench = Bench::from_environment();
        println!("seed {SEED}, {} rounds", bench.rounds);
        database::prepare(&bench).await;
        for section in wanted.iter().filter(|name| *name != "page") {
            println!("{section}:");
            let report = measure(&bench, section).await;
            println!("\n{}\n{}", report.about, report.tables());
            page::keep(&report);
        }
    }
    page::write();
}

async fn measure(bench: &Bench, section: &str) -> Report {
    match section {
        "drain" => drain::plays(bench).await,
        "mix" => drain::mix(bench).await,
        "again" => drain::again(bench).await,
        "freshness" => freshness::freshness(bench).await,
        "beside" => freshness::beside(bench).await,
        "commit" => freshness::commit(bench).await,
        "cost" => cost::cost(bench).await,
        "path" => path::path(bench).await,
        "memory" => path::memory(bench).await,
        "growth" => growth::growth(bench).await,
        _ => growth::rows(bench).await,
    }
}
