//! What happens when one thing grows and everything else stays as it is.

use super::drain::{PARTITIONS, plays_of, round, round_of, topic_of};
use super::events::Play;
use super::figure::Report;
use super::path::padded;
use super::worker::Worker;
use super::{Bench, database, kafka};
use uuid::Uuid;

const PLAYS: usize = 100_000;
/// Lanes of all workers together.
const LANES: usize = 4;

pub(crate) async fn growth(bench: &Bench) -> Report {
    let mut report = Report::new(
        "growth",
        format!("{PLAYS} plays, {PARTITIONS} partitions, two lanes, one thing changed at a time"),
    );
    for _ in 0..bench.rounds {
        partitions(bench, &mut report).await;
        workers(bench, &mut report).await;
        orphans(bench, &mut report).await;
        duplicates(bench, &mut report).await;
        sizes(bench, &mut report).await;
    }
    report.compare("events/s", "5 % orphans", "0 % orphans", "0.85");
    report.compare("events/s", "20 % orphans", "0 % orphans", "");
    report.compare("events/s", "2 workers × 2 lanes", "1 worker × 4 lanes", "0.95");
    report.compare("events/s", "4 workers × 1 lane", "1 worker × 4 lanes", "");
    report.compare("events/s", "64 partitions", "1 partition", "");
    report
}

async fn drain(bench: &Bench, report: &mut Report, name: &str, topic: &str, events: usize) {
    let url = database::fresh(bench).await;
    let drained = Worker::new(&url, &[topic]).drain(bench);
    report.add(name, round_of(events, &drained));
}

async fn partitions(bench: &Bench, report: &mut Report) {
    for count in [1, 4, 16, 64] {
        let topic = topic_of(bench, "partitions", count, &plays_of(bench, 0, PLAYS)).await;
        let name = format!("{count} partition{}", if count == 1 { "" } else { "s" });
        drain(bench, report, &name, &topic, PLAYS).await;
    }
}

async fn workers(bench: &Bench, report: &mut Report) {
    // three times as many: the later workers take a moment to join
    let topic = topic_of(bench, "workers", PARTITIONS, &plays_of(bench, 0, 3 * PLAYS)).await;
    for (count, name) in [
        (1, "1 worker × 4 lanes"),
        (2, "2 workers × 2 lanes"),
        (4, "4 workers × 1 lane"),
    ] {
        let url = database::fresh(bench).await;
        let worker = Worker::new(&url, &[&topic])
            .set("INGEST__WRITER__LANES", LANES / count)
            .times(count);
        report.add(name, round_of(3 * PLAYS, &worker.drain(bench)));
    }
}

async fn orphans(bench: &Bench, report: &mut Report) {
    for percent in [0, 5, 20] {
        let mut plays = plays_of(bench, 0, PLAYS);
        for (number, play) in plays.iter_mut().enumerate() {
            if number % 100 < percent {
                play.user = Uuid::from_u128(number as u128 + 1);
            }
        }
        let topic = topic_of(bench, "orphans", PARTITIONS, &plays).await;
        drain(bench, report, &format!("{percent} % orphans"), &topic, PLAYS).await;
    }
}

async fn duplicates(bench: &Bench, report: &mut Report) {
    for percent in [0, 50, 100] {
        let plays = plays_of(bench, 0, PLAYS);
        let again = plays
            .iter()
            .enumerate()
            .filter(|(number, _)| number % 100 < percent)
            .map(|(_, play)| play);
        let all: Vec<&Play> = plays.iter().chain(again).collect();
        let messages = all.iter().map(|play| (play.user, play.value()));
        let topic = kafka::preloaded(bench, "duplicates", PARTITIONS, messages).await;
        drain(bench, report, &format!("{percent} % sent twice"), &topic, all.len()).await;
    }
}

async fn sizes(bench: &Bench, report: &mut Report) {
    for size in [300, 1_024, 4_096] {
        let plays = plays_of(bench, 0, PLAYS);
        let messages = plays.iter().map(|play| (play.user, padded(play.value(), size)));
        let topic = kafka::preloaded(bench, "sizes", PARTITIONS, messages).await;
        drain(bench, report, &format!("{size} B"), &topic, PLAYS).await;
    }
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
    for target in [0, 5_000_000, 20_000_000] {
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
            let (seconds, usage) = database::copy(bench, &url, &for_copy, 1).await;
            report.add(
                &format!("COPY at {target}"),
                round(ADDED, seconds, &usage, usage.bench, 0.0),
            );
            let topic = topic_of(bench, "rows", PARTITIONS, &for_worker).await;
            let drained = Worker::new(&url, &[&topic])
                .set("INGEST__WRITER__LANES", 1)
                .drain(bench);
            report.add(&format!("worker at {target}"), round_of(ADDED, &drained));
        }
    }
    for target in [0, 5_000_000, 20_000_000] {
        let goal = if target == 20_000_000 { "0.9" } else { "" };
        report.compare(
            "events/s",
            &format!("worker at {target}"),
            &format!("COPY at {target}"),
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
