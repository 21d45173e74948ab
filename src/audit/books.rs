//! The books of a group against themselves and against the log.

use super::Differences;
use crate::position::{OffsetRange, TopicPartition, Watermarks};
use crate::store::audit::Account;
use std::collections::BTreeMap;

/// Every consumed record has one outcome.
#[must_use]
pub fn ledgers(accounts: &[Account]) -> Differences {
    let mut differences = Differences::default();
    for account in accounts {
        let Account { consumed, outcomes, .. } = account;
        if consumed != outcomes {
            let what = format!("{consumed} records consumed, and {outcomes} outcomes");
            differences.add(&account.partition, None, what);
        }
    }
    differences
}

/// Every record that the ledger counts as a dead letter is stored, and no more. Letters that a replay alone has met are
/// not in it, however far it ran ahead.
#[must_use]
pub fn letters(accounts: &[Account]) -> Differences {
    let mut differences = Differences::default();
    for account in accounts {
        let Account {
            dead_lettered, letters, ..
        } = account;
        if dead_lettered != letters {
            let what = format!("{dead_lettered} dead letters by the ledger, and {letters} of them stored");
            differences.add(&account.partition, None, what);
        }
    }
    differences
}

/// Every position lies within its log, and in none that is known to be another (`anew` says why).
#[must_use]
pub fn positions(
    accounts: &[Account],
    marks: &BTreeMap<TopicPartition, Watermarks>,
    anew: &BTreeMap<TopicPartition, String>,
) -> Differences {
    let mut differences = Differences::default();
    for account in accounts {
        let partition = &account.partition;
        if let Some(next_offset) = account.next_offset
            && let Some(what) = misplaced(next_offset, marks.get(partition)).or_else(|| anew.get(partition).cloned())
        {
            differences.add(partition, None, what);
        }
    }
    differences
}

fn misplaced(next_offset: i64, marks: Option<&Watermarks>) -> Option<String> {
    let Some(Watermarks { low_offset, end_offset }) = marks else {
        return Some(format!("position {next_offset}, and the topic has no such partition"));
    };
    if next_offset < *low_offset {
        let gone = low_offset - next_offset;
        return Some(format!(
            "position {next_offset}, and the log begins at {low_offset}: {gone} offsets are gone and were never stored"
        ));
    }
    (next_offset > *end_offset).then(|| {
        format!("position {next_offset}, and the log ends at {end_offset}: it is another log, or the position is wrong")
    })
}

/// The ranges as far as the group has stored them, and how many offsets it has not.
#[must_use]
pub fn stored(ranges: Vec<OffsetRange>, accounts: &[Account]) -> (Vec<OffsetRange>, i64) {
    let mut missing = 0;
    let clamp = |mut range: OffsetRange| {
        let account = accounts.iter().find(|account| account.partition == range.partition);
        let next_offset = account.and_then(|account| account.next_offset).unwrap_or(0);
        let all = range.offsets();
        range.end_offset = range.end_offset.min(next_offset).max(range.start_offset);
        missing += all - range.offsets();
        range
    };
    let ranges: Vec<OffsetRange> = ranges.into_iter().map(clamp).collect();
    (
        ranges.into_iter().filter(|range| range.offsets() > 0).collect(),
        missing,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(next_offset: i64) -> Account {
        Account {
            partition: TopicPartition::new("plays", 0),
            next_offset: Some(next_offset),
            last_record: None,
            halted: None,
            consumed: 10,
            outcomes: 10,
            dead_lettered: 3,
            letters: 3,
        }
    }

    #[test]
    fn a_position_is_within_the_log_at_both_its_ends() {
        let marks = Watermarks {
            low_offset: 5,
            end_offset: 9,
        };
        let marks = BTreeMap::from([(TopicPartition::new("plays", 0), marks)]);
        for (next_offset, differs) in [(4, 1), (5, 0), (9, 0), (10, 1)] {
            let found = positions(&[account(next_offset)], &marks, &BTreeMap::new());
            assert_eq!(found.count, differs, "{next_offset}");
        }
        let anew = BTreeMap::from([(TopicPartition::new("plays", 0), "another log".to_owned())]);
        assert_eq!(positions(&[account(5)], &marks, &anew).count, 1);
        assert_eq!(positions(&[account(5)], &BTreeMap::new(), &BTreeMap::new()).count, 1);
    }

    #[test]
    fn ledgers_and_letters_have_to_agree_exactly() {
        let right = [account(0)];
        assert_eq!((ledgers(&right).count, letters(&right).count), (0, 0));
        let wrong = [Account {
            outcomes: 9,
            letters: 4,
            ..account(0)
        }];
        assert_eq!((ledgers(&wrong).count, letters(&wrong).count), (1, 1));
    }

    #[test]
    fn a_range_ends_where_the_group_has_stored_to() {
        let range = |start_offset, end_offset| OffsetRange {
            partition: TopicPartition::new("plays", 0),
            start_offset,
            end_offset,
        };
        assert_eq!(stored(vec![range(2, 9)], &[account(5)]), (vec![range(2, 5)], 4));
        assert_eq!(stored(vec![range(2, 9)], &[account(20)]), (vec![range(2, 9)], 0));
        assert_eq!(stored(vec![range(7, 9)], &[account(5)]), (vec![], 2));
        assert_eq!(stored(vec![range(7, 9)], &[]), (vec![], 2));
    }
}
