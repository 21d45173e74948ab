//! From what stands still to a decision: where it goes on, what that loses, and a person's consent.

use super::Chosen;
use super::standing::{Sides, Standing};
use crate::command::ask::ask;
use crate::command::exit::{Exit, Failure, print_failed};
use crate::command::number::counted;
use crate::command::output::output;
use crate::command::progress::say;
use crate::command::wiring;
use crate::config::Config;
use crate::pipeline::Claimed;
use crate::position::{OffsetRange, TopicPartition, Watermarks};
use crate::store::Decision;
use crate::store::replays::Replay;
use chrono::Utc;
use std::io::Write;

/// What is to be done with a partition, and what has to be said before.
pub(super) struct Plan {
    pub(super) partition: TopicPartition,
    pub(super) decision: Decision,
    pub(super) stakes: Vec<String>,
}

/// Lets partitions go on that stand still.
pub(super) async fn resume(chosen: &Chosen, yes: bool, config: &Config) -> Result<(), Failure> {
    let sides = Sides::of(config)?;
    let all = sides.look(chosen, config).await?;
    let mut plans = Vec::new();
    for standing in &all {
        if let Some((stored, why)) = standing.halt() {
            plans.push(way_on(&sides, standing, (stored, why), config).await?);
        }
    }
    if plans.is_empty() {
        let group = &config.kafka.group_id;
        let message = format!("no partition that is meant stands still in group {group}; `positions show` shows all");
        return Err(Failure::new(Exit::Failed, message));
    }
    carry_out(&sides, plans, yes).await
}

/// Where a partition that stands still goes on. Judged by what the log holds now: it may have lost more since.
async fn way_on(
    sides: &Sides,
    standing: &Standing,
    (stored, why): (&Claimed, &str),
    config: &Config,
) -> Result<Plan, Failure> {
    let partition = standing.partition.clone();
    let Some(marks) = standing.marks else {
        let message =
            format!("the topic has no partition {partition}, so that it cannot go on; make it, or name others");
        return Err(Failure::new(Exit::Failed, message));
    };
    let Watermarks { low_offset, end_offset } = marks;
    let position = stored.next_offset;
    let mut stakes = vec![format!("stands still ({why})")];
    let mut decision = Decision {
        epoch: stored.epoch,
        next_offset: position.max(low_offset),
        breaker_from: stored.breaker_from,
        letters_to: None,
    };
    if standing.anew.is_some() {
        stakes.extend(in_another(position, low_offset, low_offset));
        decision.next_offset = low_offset;
        decision.breaker_from = None;
        decision.letters_to = anew(sides, &partition, config, &mut stakes).await?;
    } else {
        stakes.push(within(position, low_offset));
        if why.starts_with("flood") {
            decision.breaker_from = Some(end_offset);
            stakes.push(let_through(decision.next_offset, end_offset));
        }
    }
    Ok(Plan {
        partition,
        decision,
        stakes,
    })
}

/// What becomes of the records of the topic that was made anew, and of those of the one before.
pub(super) fn in_another(position: i64, low_offset: i64, next_offset: i64) -> Vec<String> {
    let begins = match next_offset - low_offset {
        0 => "where the topic that was made anew begins".to_owned(),
        skipped => format!(
            "and leaves out the {} of the topic that was made anew before it; `replay start` can still read of them what \
             the log holds",
            counted(skipped, "offset")
        ),
    };
    vec![
        format!("goes on at offset {next_offset}, {begins}"),
        format!("lost is what the topic before held from offset {position} on and nobody stored"),
    ]
}

/// What going on with the oldest record at or behind the position loses.
fn within(position: i64, low_offset: i64) -> String {
    let lost = low_offset - position;
    if lost > 0 {
        return format!(
            "goes on at offset {low_offset}, the oldest there is, and loses the {} from {position} on",
            counted(lost, "offset")
        );
    }
    format!("goes on at offset {position}, where it stands; no record is lost")
}

/// What becomes of the rest of a flood.
fn let_through(next_offset: i64, end_offset: i64) -> String {
    let left = end_offset - next_offset;
    format!(
        "of the {} up to {end_offset}, where the log ends now, every faulty record becomes a dead letter; only from there \
         on the breaker counts again",
        counted(left, "offset")
    )
}

/// The group to which the letters of a topic go that is no more; and what has to be said of them and of replays.
pub(super) async fn anew(
    sides: &Sides,
    partition: &TopicPartition,
    config: &Config,
    stakes: &mut Vec<String>,
) -> Result<Option<String>, Failure> {
    let letters = sides.store.letters_from(partition, 0).await?;
    let name = format!(
        "{}.until-{}",
        config.kafka.group_id,
        Utc::now().format("%Y%m%dT%H%M%SZ")
    );
    if letters.all > 0 {
        stakes.push(format!(
            "keeps its {} of records that the topic no longer holds, {} of them not settled, under the group {name}; they \
             are not tried again by themselves",
            counted(letters.all, "dead letter"),
            letters.unsettled
        ));
    }
    let replays = wiring::replays(config).list().await?;
    let has_left = |range: &OffsetRange| range.partition == *partition && range.offsets() > 0;
    let is_of = |replay: &&Replay| !replay.state.is_over() && replay.left().iter().any(has_left);
    let names: Vec<&str> = replays.iter().filter(is_of).map(|replay| &*replay.name).collect();
    if !names.is_empty() {
        let names = names.join(", ");
        stakes.push(format!(
            "cancels what has not read all of the topic before: replay {names}"
        ));
    }
    Ok(Some(name))
}

/// Says what is at stake, asks, and does it.
pub(super) async fn carry_out(sides: &Sides, plans: Vec<Plan>, yes: bool) -> Result<(), Failure> {
    for plan in &plans {
        say(&format!("{}", plan.partition));
        for stake in &plan.stakes {
            say(&format!("  {stake}"));
        }
    }
    if !yes
        && !ask(
            "Go on like this?".to_owned(),
            "nothing was changed: nobody can be asked here; --yes agrees",
        )
        .await?
    {
        return Err(Failure::new(Exit::Failed, "nothing was changed"));
    }
    for Plan {
        partition, decision, ..
    } in plans
    {
        if !sides.store.decide(&partition, &decision).await? {
            let message = format!("{partition} was claimed by a worker meanwhile and was not changed; look again");
            return Err(Failure::new(Exit::Failed, message));
        }
        let next_offset = decision.next_offset;
        writeln!(output(), "{partition} goes on at offset {next_offset}").map_err(print_failed)?;
    }
    Ok(())
}
