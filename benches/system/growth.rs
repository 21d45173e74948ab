//! What happens when one thing grows and everything else stays as it is.

use super::drain::{PARTITIONS, PLAYS, plays_of, round, round_of, topic_of};
use super::events::Play;
use super::figure::Report;
use super::path::padded;
use super::worker::Worker;
use super::{Bench, database, kafka};
use uuid::Uuid;

/// Lanes where their number is not what changes.
const LANES: usize = 2;

/// One place on one axis: a topic, and who drains it into fresh tables.
struct Case {
    name: String,
    topic: String,
    events: usize,
    workers: usize,
    /// Of each worker.
    lanes: usize,
}

impl Case {
    /// One worker as it is where nothing else is said.
    fn new(name: String, topic: String) -> Self {
        Self {
            name,
            topic,
            events: PLAYS,
            workers: 1,
            lanes: LANES,
        }
    }
}

pub(crate) async fn growth(bench: &Bench) -> Report {
    let mut report = Report::new(
        "growth",
        format!("{PLAYS} plays, {PARTITIONS} partitions, {LANES} lanes, one thing changed at a time"),
    );
    let mut cases = partitions(bench).await;
    cases.extend(workers(bench).await);
    cases.extend(orphans(bench).await);
    cases.extend(duplicates(bench).await);
    cases.extend(sizes(bench).await);
    for _ in 0..bench.rounds {
        for case in &cases {
            let url = database::fresh(bench).await;
            let worker = Worker::new(&url, &[&case.topic])
                .set("INGEST__WRITER__LANES", case.lanes)
                .times(case.workers);
            report.add(&case.name, round_of(case.events, &worker.drain(bench)));
        }
    }
    report.compare("events/s", "64 partitions", "1 partition", "");
    report.compare("events/s", "2 workers × 2 lanes", "1 worker × 4 lanes", "0.95");
    report.compare("events/s", "4 workers × 1 lane", "1 worker × 4 lanes", "");
    report.compare("events/s", "5 % orphans", "0 % orphans", "0.85");
    report.compare("events/s", "20 % orphans", "0 % orphans", "");
    report.compare("events/s", "100 % sent twice", "0 % sent twice", "");
    report.compare("events/s", "4096 B", "200 B", "");
    report
}

async fn partitions(bench: &Bench) -> Vec<Case> {
    let plays = plays_of(bench, 0, PLAYS);
    let mut cases = Vec::new();
    for count in [1, 4, 16, 64] {
        let topic = topic_of(bench, "partitions", count, &plays).await;
        let name = format!("{count} partition{}", if count == 1 { "" } else { "s" });
        cases.push(Case::new(name, topic));
    }
    cases
}

/// As many lanes in all. Three times as many plays: the later workers take a moment to join.
async fn workers(bench: &Bench) -> Vec<Case> {
    let topic = topic_of(bench, "workers", PARTITIONS, &plays_of(bench, 0, 3 * PLAYS)).await;
    let all = [
        (1, 4, "1 worker × 4 lanes"),
        (2, 2, "2 workers × 2 lanes"),
        (4, 1, "4 workers × 1 lane"),
    ];
    let case = |(workers, lanes, name): (usize, usize, &str)| Case {
        events: 3 * PLAYS,
        workers,
        lanes,
        ..Case::new(name.to_owned(), topic.clone())
    };
    all.map(case).into()
}

async fn orphans(bench: &Bench) -> Vec<Case> {
    let mut cases = Vec::new();
    for percent in [0, 5, 20] {
        let mut plays = plays_of(bench, 0, PLAYS);
        for (number, play) in plays.iter_mut().enumerate() {
            if number % 100 < percent {
                play.user = Uuid::from_u128(number as u128 + 1);
            }
        }
        let topic = topic_of(bench, "orphans", PARTITIONS, &plays).await;
        cases.push(Case::new(format!("{percent} % orphans"), topic));
    }
    cases
}

async fn duplicates(bench: &Bench) -> Vec<Case> {
    let plays = plays_of(bench, 0, PLAYS);
    let mut cases = Vec::new();
    for percent in [0, 50, 100] {
        let again = plays.iter().enumerate().filter(|(number, _)| number % 100 < percent);
        let all: Vec<&Play> = plays.iter().chain(again.map(|(_, play)| play)).collect();
        let messages = all.iter().map(|play| (play.user, play.value()));
        let topic = kafka::preloaded(bench, "duplicates", PARTITIONS, messages).await;
        cases.push(Case {
            events: all.len(),
            ..Case::new(format!("{percent} % sent twice"), topic)
        });
    }
    cases
}

async fn sizes(bench: &Bench) -> Vec<Case> {
    let plays = plays_of(bench, 0, PLAYS);
    let mut cases = Vec::new();
    for size in [200, 300, 1_024, 4_096] {
        let value = |play: &Play| match size {
            200 => play.shortest(),
            _ => padded(play.value(), size),
        };
        let messages = plays.iter().map(|play| (play.user, value(play)));
        let topic = kafka::preloaded(bench, "sizes", PARTITIONS, messages).await;
        cases.push(Case::new(format!("{size} B"), topic));
    }
    cases
}

/// Tables that hold much already; ids are ordered by time. Floor and worker in turn on the same tables.
pub(crate) async fn rows(bench: &Bench) -> Report {
    const ADDED: usize = 200_000;
    let mut report = Report::new(
        "rows",
        format!("{ADDED} more plays, by the rows that are there; one lane"),
    );
    let url = database::fresh(bench).await;
    let mut stored = 0;
    for millions in [0, 5, 20] {
        let target = millions * 1_000_000;
        database::grow(&url, stored, target).await;
        stored = target;
        for number in 0..bench.rounds {
            let [for_copy, for_worker] = [0, 1].map(|which| {
                let mut plays = plays_of(bench, (2 * number + which) as u64, ADDED);
                for (place, play) in plays.iter_mut().enumerate() {
                    play.id = later_id(target + (2 * number + which) * ADDED + place, play.id);
                }
                plays
            });
            let topic = topic_of(bench, "rows", PARTITIONS, &for_worker).await;
            database::checkpoint(&url).await;
            let (seconds, usage) = database::copy(bench, &url, &for_copy, 1).await;
            report.add(
                &format!("COPY at {millions} million rows"),
                round(ADDED, seconds, &usage, usage.bench, 0.0),
            );
            database::checkpoint(&url).await;
            let drained = Worker::new(&url, &[&topic])
                .set("INGEST__WRITER__LANES", 1)
                .drain(bench);
            report.add(&format!("worker at {millions} million rows"), round_of(ADDED, &drained));
        }
    }
    for millions in [0, 5, 20] {
        let goal = if millions == 20 { "0.9" } else { "" };
        report.compare(
            "events/s",
            &format!("worker at {millions} million rows"),
            &format!("COPY at {millions} million rows"),
            goal,
        );
    }
    report
}

/// An id that sorts behind those of all plays with a smaller number.
fn later_id(number: usize, id: Uuid) -> Uuid {
    let (_, low) = id.as_u64_pair();
    Uuid::from_u64_pair((number as u64) << 16 | 0x7000, low)
}
