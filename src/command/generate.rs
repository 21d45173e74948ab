//! `generate`: made-up events about users and tracks that exist, into the topics.

use super::exit::{Exit, Failure};
use super::format::Format;
use super::number::{counted, grouped, rate, seconds};
use super::progress::{Progress, say};
use super::sender::{PARTITIONS, Sender, make_topics, now};
use super::wiring;
use crate::config::Config;
use crate::generate::{Audience, Counts, Generator, Mix, NobodyThere, spread};
use crate::kafka::ClientError;
use crate::pipeline::FailureKind;
use crate::store::parent_ids;
use clap::Args;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

/// More users or tracks than this make the events no more realistic.
pub(super) const MOST_PARENTS: i64 = 100_000;
/// Over how much of the past events are spread that are sent as fast as can be.
pub(super) const SPAN: Duration = Duration::from_hours(6);

/// Send made-up events about the users and tracks of the database
///
/// Plays go to the first topic of kafka.topics, likes and unlikes to the second. Without --rate the events are spread
/// over the last six hours and sent as fast as the brokers take them; with it they happen now.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct GenerateArgs {
    /// How many events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,
    /// Events a second [default: as many as the brokers take]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// The same seed, users and tracks give the same listening again [default: a random one]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Partitions of a topic that does not exist yet
    #[arg(long, value_name = "N", default_value_t = PARTITIONS, value_parser = clap::value_parser!(u16).range(1..))]
    partitions: u16,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What was done.
struct Outcome {
    counts: Counts,
    elapsed: Duration,
    interrupted: bool,
}

/// Sends the events and prints what was sent.
pub(super) async fn run(args: &GenerateArgs, config: &Config, out: &mut (impl Write + Send)) -> Result<(), Failure> {
    wiring::install_logging(config)?;
    let seed = args.seed.unwrap_or_else(rand::random);
    let audience = audience(config, seed).await?;
    for topic in make_topics(config, args.partitions).await? {
        say(&format!("made topic {topic} with {} partitions", args.partitions));
    }
    let sender = Sender::open(config)?;
    let generator = Generator::new(audience, seed, Mix::default());
    let stop = Arc::new(AtomicBool::new(false));
    let signals = tokio::spawn(stop_at_signal(Arc::clone(&stop)));
    let (count, rate) = (args.count, args.rate);
    let sending = tokio::task::spawn_blocking(move || send(generator, sender, count, rate, &stop));
    let outcome = sending.await.map_err(|error| Failure::new(Exit::Failed, error))??;
    signals.abort();
    print(args, seed, &outcome, out).map_err(|error| {
        Failure::new(
            Exit::Failed,
            format!("the events are sent, but the result could not be printed: {error}"),
        )
    })?;
    if outcome.interrupted {
        return Err(Failure::new(
            Exit::Failed,
            "stopped by a signal; what was sent is in the topics",
        ));
    }
    Ok(())
}

/// The users and tracks of the database.
async fn audience(config: &Config, seed: u64) -> Result<Audience, Failure> {
    let ids = parent_ids(wiring::database(config), MOST_PARENTS)
        .await
        .map_err(|failure| {
            let refused = failure.kind == FailureKind::Defect;
            let mut failure = Failure::from(failure);
            if refused {
                failure.message += "; the ids come from tables users and tracks, which AudiOhm's backend makes";
            }
            failure
        })?;
    Audience::new(ids.users, ids.tracks, seed).map_err(|nobody| {
        let table = match nobody {
            NobodyThere::Users => "users",
            NobodyThere::Tracks => "tracks",
        };
        Failure::new(
            Exit::Failed,
            format!(
                "{nobody}: table {table} in database {} is empty. Let the backend fill it, or let \
                 `audiohm-ingest demo` show everything in an empty database",
                config.database.name
            ),
        )
    })
}

fn send(
    mut generator: Generator,
    mut sender: Sender,
    count: u64,
    rate: Option<u32>,
    stop: &AtomicBool,
) -> Result<Outcome, ClientError> {
    let mut progress = Progress::begin(("sending", "sent"), count);
    let began = Instant::now();
    let mut past = spread(count, now(), SPAN);
    let mut sent = 0;
    while sent < count && !stop.load(Ordering::Relaxed) {
        let at = match rate {
            Some(rate) => {
                thread::sleep(wait(began, sent, rate));
                now()
            }
            None => past.next().unwrap_or_else(now),
        };
        sender.send(&generator.make(at))?;
        sent += 1;
        progress.reached(sent);
    }
    sender.flush()?;
    progress.end(sent);
    Ok(Outcome {
        counts: sender.counts(),
        elapsed: began.elapsed(),
        interrupted: sent < count,
    })
}

/// How long until the next event is due, after so many.
pub(super) fn wait(began: Instant, sent: u64, rate: u32) -> Duration {
    let due = Duration::from_nanos(sent.saturating_mul(1_000_000_000 / u64::from(rate.max(1))));
    due.saturating_sub(began.elapsed())
}

/// Raises the flag at the first signal that asks for an end.
pub(super) async fn stop_at_signal(stop: Arc<AtomicBool>) {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    // without a handler the signal ends the process, which is near enough to what was asked for
    if let (Ok(mut terminate), Ok(mut interrupt)) = signals {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.store(true, Ordering::Relaxed);
    }
}

fn print(args: &GenerateArgs, seed: u64, outcome: &Outcome, out: &mut impl Write) -> std::io::Result<()> {
    let Outcome { counts, elapsed, .. } = outcome;
    if args.format == Format::Json {
        let parts: serde_json::Map<String, serde_json::Value> = counts
            .parts()
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count.into()))
            .collect();
        let result = serde_json::json!({
            "seed": seed, "sent": counts.total(), "counts": parts, "seconds": elapsed.as_secs_f64(),
        });
        return writeln!(out, "{result:#}");
    }
    let (total, per_second) = (counts.total(), rate(counts.total(), *elapsed));
    writeln!(out, "seed    {seed}")?;
    writeln!(
        out,
        "sent    {} in {} ({per_second} events/s)",
        counted(total, "event"),
        seconds(*elapsed)
    )?;
    for (name, count) in counts.parts().into_iter().filter(|(_, count)| *count > 0) {
        writeln!(
            out,
            "{name:<7} {:>width$}",
            grouped(count),
            width = grouped(total).len()
        )?;
    }
    Ok(())
}
