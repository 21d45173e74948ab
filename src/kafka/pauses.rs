//! Which partitions stand still, for whom, and what the client was told of it. Pure.

use std::collections::BTreeSet;

use crate::position::TopicPartition;

/// Two reasons to pause: the pipeline asked for it, or there is no room for records at all.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    wanted: BTreeSet<TopicPartition>,
    throttled: bool,
    applied: BTreeSet<TopicPartition>,
}

/// What the client has to be told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) pause: Vec<TopicPartition>,
    pub(super) resume: Vec<TopicPartition>,
}

impl Pauses {
    pub(super) fn want(&mut self, partitions: Vec<TopicPartition>) {
        self.wanted.extend(partitions);
    }

    pub(super) fn unwant(&mut self, partitions: &[TopicPartition]) {
        for partition in partitions {
            self.wanted.remove(partition);
        }
    }

    pub(super) fn throttle(&mut self, throttled: bool) {
        self.throttled = throttled;
    }

    pub(super) fn is_throttled(&self) -> bool {
        self.throttled
    }

    /// Partitions begin anew, and their resumption was told to the client.
    pub(super) fn restart(&mut self, partitions: &[TopicPartition]) {
        for partition in partitions {
            self.wanted.remove(partition);
            self.applied.remove(partition);
        }
    }

    /// What the client has to be told about the partitions that are read; it counts as told.
    pub(super) fn changes(&mut self, read: impl Iterator<Item = TopicPartition>) -> Changes {
        let mut changes = Changes::default();
        for partition in read {
            let still = self.throttled || self.wanted.contains(&partition);
            if still && self.applied.insert(partition.clone()) {
                changes.pause.push(partition);
            } else if !still && self.applied.remove(&partition) {
                changes.resume.push(partition);
            }
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(partition: i32) -> TopicPartition {
        TopicPartition::new("plays", partition)
    }

    fn changes(pauses: &mut Pauses) -> (Vec<TopicPartition>, Vec<TopicPartition>) {
        let changes = pauses.changes([of(0), of(1)].into_iter());
        (changes.pause, changes.resume)
    }

    #[test]
    fn room_for_records_does_not_resume_what_the_pipeline_paused() {
        let mut pauses = Pauses::default();
        pauses.want(vec![of(0)]);
        assert_eq!(changes(&mut pauses), (vec![of(0)], vec![]));
        pauses.throttle(true);
        assert_eq!(changes(&mut pauses), (vec![of(1)], vec![]));
        pauses.throttle(false);
        assert_eq!(changes(&mut pauses), (vec![], vec![of(1)]));
        pauses.unwant(&[of(0)]);
        assert_eq!(changes(&mut pauses), (vec![], vec![of(0)]));
        assert_eq!(changes(&mut pauses), (vec![], vec![]));
    }

    #[test]
    fn a_partition_that_starts_anew_is_paused_again_only_for_want_of_room() {
        let mut pauses = Pauses::default();
        pauses.want(vec![of(0)]);
        changes(&mut pauses);
        pauses.restart(&[of(0)]);
        assert_eq!(changes(&mut pauses), (vec![], vec![]));
        pauses.throttle(true);
        changes(&mut pauses);
        pauses.restart(&[of(0)]);
        assert_eq!(changes(&mut pauses), (vec![of(0)], vec![]));
    }
}
