//! CPU that the parts of the system take, from `/proc`, whose times count in hundredths of a second.

use super::Bench;
use std::collections::BTreeMap;
use std::time::Instant;

/// Seconds of CPU since the machine or the process started.
#[derive(Clone, Copy)]
struct Snapshot {
    bench: f64,
    workers: f64,
    postgres: f64,
    broker: f64,
    machine: f64,
}

/// Seconds of CPU between two instants.
pub(crate) struct Usage {
    pub(crate) elapsed: f64,
    /// This process: the floor's program, and the worker where it runs inside.
    pub(crate) bench: f64,
    /// Workers that have ended.
    pub(crate) workers: f64,
    pub(crate) postgres: f64,
    pub(crate) broker: f64,
    /// Everything else on the machine, time that the hypervisor gave away included.
    pub(crate) others: f64,
}

impl Usage {
    /// Others' CPU in percent of the whole machine.
    pub(crate) fn others_percent(&self) -> f64 {
        let cores = std::thread::available_parallelism().unwrap().get() as f64;
        100.0 * self.others / self.elapsed / cores
    }
}

pub(crate) struct Meter<'a> {
    bench: &'a Bench,
    before: Snapshot,
    began: Instant,
}

impl<'a> Meter<'a> {
    pub(crate) fn start(bench: &'a Bench) -> Self {
        Self {
            bench,
            before: snapshot(bench),
            began: Instant::now(),
        }
    }

    pub(crate) fn stop(&self) -> Usage {
        let (before, after) = (self.before, snapshot(self.bench));
        let [bench, workers, postgres, broker] = [
            after.bench - before.bench,
            after.workers - before.workers,
            after.postgres - before.postgres,
            after.broker - before.broker,
        ];
        let others = after.machine - before.machine - bench - workers - postgres - broker;
        Usage {
            elapsed: self.began.elapsed().as_secs_f64(),
            bench,
            workers,
            postgres,
            broker,
            others: others.max(0.0),
        }
    }
}

fn snapshot(bench: &Bench) -> Snapshot {
    let own = stat(std::process::id()).unwrap();
    Snapshot {
        bench: own.own,
        workers: own.children,
        postgres: postgres(bench.postgres_pid),
        broker: stat(bench.kafka_pid).expect("the broker is running").own,
        machine: machine(),
    }
}

/// The server with all its processes, those that ended included. One that ends between two looks would be counted twice
/// or not at all, so both are taken again until nothing has ended in between.
fn postgres(postmaster: u32) -> f64 {
    let server = || stat(postmaster).expect("PostgreSQL is running");
    let mut before = server();
    loop {
        let of_backends: f64 = std::fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(stat)
            .filter(|stat| stat.parent == postmaster)
            .map(|stat| stat.own)
            .sum();
        let after = server();
        if (before.children - after.children).abs() < f64::EPSILON {
            return of_backends + after.own + after.children;
        }
        before = after;
    }
}

/// All CPU that was not idle.
fn machine() -> f64 {
    let text = std::fs::read_to_string("/proc/stat").unwrap();
    let ticks: Vec<f64> = text
        .lines()
        .next()
        .unwrap()
        .split_whitespace()
        .skip(1)
        .take(8)
        .map(|ticks| ticks.parse().unwrap())
        .collect();
    // user, nice, system, idle, iowait, irq, softirq, steal
    (ticks.iter().sum::<f64>() - ticks[3] - ticks[4]) / 100.0
}

struct Stat {
    parent: u32,
    own: f64,
    children: f64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields = fields(&text)?;
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: seconds(&fields, 11)? + seconds(&fields, 12)?,
        children: seconds(&fields, 13)? + seconds(&fields, 14)?,
    })
}

/// Seconds of CPU of each thread, by its id and name.
pub(crate) type Threads = BTreeMap<(String, String), f64>;

/// Looks at the threads of a process; those that have ended keep what was seen last.
pub(crate) fn look_at_threads(pid: u32, threads: &mut Threads) {
    let Ok(tasks) = std::fs::read_dir(format!("/proc/{pid}/task")) else {
        return;
    };
    threads.extend(tasks.filter_map(|task| {
        let task = task.ok()?;
        let text = std::fs::read_to_string(task.path().join("stat")).ok()?;
        let name = text.split_once('(')?.1.rsplit_once(')')?.0.to_owned();
        let fields = fields(&text)?;
        let id = task.file_name().to_string_lossy().into_owned();
        Some(((id, name), seconds(&fields, 11)? + seconds(&fields, 12)?))
    }));
}

/// Seconds of CPU of the thread that asks, which the kernel knows to the nanosecond.
pub(crate) fn of_this_thread() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds: f64 = text.split_whitespace().next().unwrap().parse().unwrap();
    nanoseconds / 1e9
}

/// Most memory that a process has had resident so far, in MiB; none once it has ended.
pub(crate) fn peak_memory(pid: u32) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1_024.0)
}

/// What stands behind the name, which may hold anything.
fn fields(text: &str) -> Option<Vec<&str>> {
    Some(text.rsplit_once(')')?.1.split_whitespace().collect())
}

fn seconds(fields: &[&str], place: usize) -> Option<f64> {
    fields.get(place)?.parse::<f64>().ok().map(|ticks| ticks / 100.0)
}
