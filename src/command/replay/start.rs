//! `replay start` and `replay resume`: the job itself, in the foreground.

use super::bar::Bar;
use super::jobs::{find, found};
use super::plan::{NOBODY_TO_ASK, Plan, client_settings};
use super::{JobArgs, anew, show};
use crate::command::ask::ask;
use crate::command::exit::{Exit, Failure, print_failed};
use crate::command::number::{counted, grouped, rate, span};
use crate::command::output::output;
use crate::command::progress::say;
use crate::command::run::wait_for_signal;
use crate::command::wiring;
use crate::config::Config;
use crate::event::Kind;
use crate::kafka::KafkaLookup;
use crate::replay::{self, End, Filter, Job, Means};
use crate::store::replays::{NewReplay, Replay, State};
use crate::store::write::Account;
use chrono::Utc;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Shows the plan, asks, enters the job and does it.
pub(super) async fn start(args: &JobArgs, name: Option<String>, yes: bool, config: &Config) -> Result<(), Failure> {
    let plan = Plan::make(args, config).await?;
    let is_empty = plan.total() == 0;
    show::table(&mut output(), &plan, is_empty).map_err(print_failed)?;
    if is_empty {
        return Ok(());
    }
    anew::refuse(
        &plan.anew,
        "nothing was begun, since the stored letters are of records of the topic before",
    )?;
    if !yes && !ask("\nBegin?".to_owned(), NOBODY_TO_ASK).await? {
        return Err(Failure::new(Exit::Failed, "not begun; nothing was written"));
    }
    let name = name.unwrap_or_else(|| format!("replay-{}", Utc::now().format("%Y%m%d-%H%M%S")));
    let new = NewReplay {
        name: name.clone(),
        client_group: args.client_group(config),
        only_kinds: plan.filter.kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
        only_users: plan.filter.users.iter().copied().collect(),
        rate: args.rate,
        ranges: plan.ranges(),
    };
    if !wiring::replays(config).create(&new).await? {
        let message = format!("there is a replay named {name} already; choose another --name, or resume that one");
        return Err(Failure::new(Exit::Failed, message));
    }
    go_on(&name, None, config).await
}

/// Somebody works on a job that runs and has moved no longer ago than this.
const AT_WORK: Duration = Duration::from_mins(1);

/// Goes on with a job where it was; asks before it takes it over from a process that is at work.
pub(super) async fn resume(name: Option<&str>, rate: Option<i32>, yes: bool, config: &Config) -> Result<(), Failure> {
    let replay = find(name, config).await?;
    let moved = (Utc::now() - replay.updated_at).to_std().unwrap_or_default();
    if replay.state == State::Running && moved < AT_WORK && !yes {
        let at_work = format!(
            "replay {} moved {} ago, so another process seems to work on it",
            replay.name,
            span(moved)
        );
        let advice = format!("{at_work}; --yes takes it over, and the other one stops");
        if !ask(format!("{at_work}.\nTake it over? The other one stops."), &advice).await? {
            return Err(Failure::new(Exit::Failed, "not resumed; nothing was changed"));
        }
    }
    match replay.state {
        State::Done => {
            say(&format!("replay {} is done already", replay.name));
            Ok(())
        }
        State::Cancelled => Err(Failure::new(
            Exit::Failed,
            format!(
                "replay {} was cancelled; start a new one under another name",
                replay.name
            ),
        )),
        State::Running | State::Paused | State::Failed => {
            refuse_anew(&replay, config).await?;
            go_on(&replay.name, rate, config).await
        }
    }
}

/// What is left of a job cannot be read any more where a topic was made anew.
async fn refuse_anew(replay: &Replay, config: &Config) -> Result<(), Failure> {
    let lookup = KafkaLookup::open(&client_settings(config, replay.client_group.clone()))?;
    let anew = anew::look(&lookup, &replay.left(), config).await?;
    anew::refuse(&anew, &start_another(&replay.name))
}

fn start_another(name: &str) -> String {
    format!("cancel replay {name}, and start another once that is settled")
}

async fn go_on(name: &str, rate: Option<i32>, config: &Config) -> Result<(), Failure> {
    let mut replays = wiring::replays(config);
    let Some(epoch) = replays.claim(name, rate).await? else {
        let message = format!("replay {name} has ended meanwhile; look at `audiohm-ingest replay status`");
        return Err(Failure::new(Exit::Failed, message));
    };
    let replay = found(name, replays.list().await?)?;
    let job = Job {
        name: Arc::from(name),
        epoch,
        left: replay.left(),
        filter: filter(&replay),
        rate: replay.rate.map(i32::unsigned_abs),
    };
    let (stop, stopping) = watch::channel(false);
    let signals = tokio::spawn(wait_for_signal(stop, |_| ())?);
    let mut bar = Bar::begin(name, replay.total(), replay.done());
    let mut run_offsets = 0;
    let means = means(config, &replay);
    let end = replay::run(&job, means, wiring::replays(config), stopping, |reached| {
        run_offsets = reached.offsets;
        bar.reached(reached);
    })
    .await;
    let elapsed = bar.end();
    signals.abort();
    let end = end?;
    summary(name, &end, run_offsets, elapsed, config).await?;
    judge(name, end)
}

fn filter(replay: &Replay) -> Filter {
    let named = |kind: &Kind| replay.only_kinds.iter().any(|name| name == kind.as_str());
    Filter {
        kinds: [Kind::Play, Kind::Like, Kind::Unlike]
            .into_iter()
            .filter(named)
            .collect(),
        users: replay.only_users.iter().copied().collect(),
    }
}

fn means(config: &Config, replay: &Replay) -> Means {
    let pipeline = wiring::pipeline_settings(config);
    Means {
        kafka: client_settings(config, replay.client_group.clone()),
        live_topics: pipeline.topics,
        live: wiring::store(config),
        store: wiring::store_of(config, Account::Replay(Arc::from(replay.name.as_str()))),
        replays: wiring::replays(config),
        lanes: pipeline.lanes,
        batch: pipeline.batch,
        limits: pipeline.limits,
        deadline: config.shutdown.deadline,
    }
}

/// What the whole job has done so far, on stdout. Without a database there is nothing to say.
async fn summary(name: &str, end: &End, offsets: i64, elapsed: Duration, config: &Config) -> Result<(), Failure> {
    let listed = wiring::replays(config).list().await;
    let replay = match (listed, end) {
        (Ok(listed), _) => found(name, listed)?,
        (Err(_), End::Unavailable(_)) => return Ok(()),
        (Err(failure), _) => return Err(failure.into()),
    };
    let speed = rate(offsets.unsigned_abs(), elapsed);
    let mut out = output();
    let written = writeln!(
        out,
        "\nreplay {name}: {}, {} of {}\n  this run       {} in {}, {speed}/s",
        replay.state.as_str(),
        grouped(replay.done()),
        counted(replay.total(), "record"),
        grouped(offsets),
        span(elapsed),
    );
    written
        .and_then(|()| super::jobs::write_ledger(&mut out, &replay))
        .map_err(print_failed)
}

/// What the end means for whoever started it.
fn judge(name: &str, end: End) -> Result<(), Failure> {
    let resume = format!("go on with:\n  audiohm-ingest replay resume --name {name}");
    let (exit, message) = match end {
        End::Done => return Ok(()),
        End::Stopped => (Exit::Paused, format!("replay {name} is paused; {resume}")),
        End::TakenOver => (
            Exit::Failed,
            format!("another process has taken over replay {name}; this one has stopped, nothing is lost"),
        ),
        End::Cancelled => (
            Exit::Failed,
            format!("replay {name} was cancelled; what it has stored stays"),
        ),
        End::Unavailable(why) => (Exit::Unavailable, format!("{why}; {resume}")),
        End::Failed(why) => (
            Exit::Failed,
            format!("replay {name} cannot go on: {why}; afterwards {resume}"),
        ),
        End::Anew(why) => (
            Exit::Failed,
            format!(
                "replay {name} cannot go on: {why}; {}. {}",
                start_another(name),
                anew::SETTLE
            ),
        ),
        End::Fatal(why) => (Exit::Fatal, format!("the Kafka client cannot go on: {why}; {resume}")),
    };
    Err(Failure::new(exit, message))
}
