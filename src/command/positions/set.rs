//! `positions set`.

use super::Chosen;
use super::decision::{Plan, anew, carry_out, in_another};
use super::standing::Sides;
use crate::command::exit::{Exit, Failure};
use crate::command::number::counted;
use crate::command::range::{Bound, offsets};
use crate::config::Config;
use crate::position::{TopicPartition, Watermarks};
use crate::store::Decision;
use std::collections::BTreeMap;

pub(super) async fn run((topic, number): (&str, i32), to: &Bound, yes: bool, config: &Config) -> Result<(), Failure> {
    let sides = Sides::of(config)?;
    let chosen = Chosen {
        topic: Some(topic.to_owned()),
        partition: Some(number),
    };
    let standing = sides.look(&chosen, config).await?.into_iter().next();
    let partition = TopicPartition::new(topic, number);
    let known = standing.and_then(|standing| Some((standing.stored?, standing.marks?, standing.anew.is_some())));
    let Some((stored, marks, is_anew)) = known else {
        let message = format!(
            "group {} has no position in {partition} that the topic also has",
            config.kafka.group_id
        );
        return Err(Failure::new(Exit::Failed, message));
    };
    if stored.halted.is_none() {
        refuse_while_read(&sides, &partition).await?;
    }
    let next_offset = target(&sides, &partition, marks, to).await?;
    let position = stored.next_offset;
    let (stakes, letters_to) = if is_anew {
        let mut stakes = in_another(position, marks.low_offset, next_offset);
        let letters_to = anew(&sides, &partition, config, &mut stakes).await?;
        (stakes, letters_to)
    } else {
        (between(&sides, &partition, position, next_offset).await?, None)
    };
    let decision = Decision {
        epoch: stored.epoch,
        next_offset,
        breaker_from: Some(next_offset),
        letters_to,
    };
    let plan = Plan {
        partition,
        decision,
        stakes,
    };
    carry_out(&sides, vec![plan], yes).await
}

/// Nobody moves a position under a worker that reads: it would only fail with what it has, and claim it back.
async fn refuse_while_read(sides: &Sides, partition: &TopicPartition) -> Result<(), Failure> {
    let members = sides.lookup.members().await?;
    if members.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{partition} does not stand still, and the group has workers that may read it: {}; stop them first",
        members.join(", ")
    );
    Err(Failure::new(Exit::Failed, message))
}

async fn target(sides: &Sides, partition: &TopicPartition, marks: Watermarks, to: &Bound) -> Result<i64, Failure> {
    let all = BTreeMap::from([(partition.clone(), marks)]);
    let found = offsets(&sides.lookup, std::slice::from_ref(partition), &all, to).await?;
    let Watermarks { low_offset, end_offset } = marks;
    let target = found.get(partition).copied().unwrap_or(end_offset);
    if (low_offset..=end_offset).contains(&target) {
        return Ok(target);
    }
    let message = format!("offset {target} is not in {partition}: its log goes from {low_offset} to {end_offset}");
    Err(Failure::new(Exit::Failed, message))
}

/// What becomes of the records between the two positions.
async fn between(sides: &Sides, partition: &TopicPartition, from: i64, to: i64) -> Result<Vec<String>, Failure> {
    let becomes = if to >= from {
        let skipped = counted(to - from, "offset");
        format!("leaves out the {skipped} between; `replay start` can still read of them what the log holds")
    } else {
        let letters = sides.store.letters_from(partition, to).await?;
        let again = counted(from - to, "offset");
        format!(
            "reads the {again} between again: rows do not change by that, and the ledger counts the records once more, but \
             for those of {}",
            counted(letters.all, "dead letter")
        )
    };
    Ok(vec![format!("goes from offset {from} to {to}"), becomes])
}
