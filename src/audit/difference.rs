//! What does not agree, and where.

use crate::position::TopicPartition;
use std::collections::BTreeSet;

/// So many are told, the first by topic, partition and offset; all are counted.
const TOLD: usize = 10;

/// One thing that does not agree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The partition.
    pub partition: TopicPartition,
    /// The record, where it is about one.
    pub offset: Option<i64>,
    /// What does not agree, for a person.
    pub what: String,
}

/// All of them, of which only the first are kept.
#[derive(Clone, Debug, Default)]
pub struct Differences {
    /// How many there are.
    pub count: u64,
    /// The first of them.
    pub first: BTreeSet<Difference>,
}

impl Differences {
    pub(super) fn add(&mut self, partition: &TopicPartition, offset: Option<i64>, what: String) {
        self.count += 1;
        self.first.insert(Difference {
            partition: partition.clone(),
            offset,
            what,
        });
        if self.first.len() > TOLD {
            self.first.pop_last();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_the_first_are_kept_in_whatever_order_they_come() {
        let mut differences = Differences::default();
        let partition = TopicPartition::new("plays", 0);
        for offset in (0..100).rev() {
            differences.add(&partition, Some(offset), "no row".to_owned());
        }
        assert_eq!(differences.count, 100);
        let offsets: Vec<_> = differences.first.iter().filter_map(|one| one.offset).collect();
        assert_eq!(offsets, (0..10).collect::<Vec<_>>());
    }
}
