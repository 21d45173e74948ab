//! Notices a client that delivers nothing of a partition although its log holds something.
//!
//! First the partition is read anew, which drops what the client knows of it; if that does not help, only a new client
//! does, and the process ends. A client that says why it delivers nothing is not silent.

use super::source::Source;
use super::store::Store;
use super::worker::Worker;
use crate::position::{TopicPartition, Watermarks};
use crate::telemetry::intake;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// How long nothing may come.
const SILENT_FOR: Duration = Duration::from_mins(1);

/// What is known of the deliveries of one partition.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    /// The end of the log at the last look.
    end_offset: Option<i64>,
    /// Since when each look finds less taken in than the log held at the look before.
    behind_since: Option<Instant>,
    delivered_at: Option<Instant>,
    /// It was read anew for its silence, and has delivered nothing since.
    restarted: bool,
}

impl Watch {
    /// Something came.
    pub(super) fn delivered(&mut self) {
        self.delivered_at = Some(Instant::now());
        self.restarted = false;
    }

    fn look(&mut self, next_offset: i64, end_offset: i64) {
        let is_behind = self.end_offset.is_some_and(|before| next_offset < before);
        self.end_offset = Some(end_offset);
        if is_behind {
            self.behind_since.get_or_insert_with(Instant::now);
        } else {
            self.behind_since = None;
        }
    }

    /// Nothing is expected at present.
    fn rest(&mut self) {
        (self.end_offset, self.behind_since) = (None, None);
    }

    fn is_behind(&self) -> bool {
        self.behind_since.is_some_and(|since| since.elapsed() >= SILENT_FOR)
    }

    fn is_silent(&self) -> bool {
        let has_delivered = self.delivered_at.is_some_and(|at| at.elapsed() < SILENT_FOR);
        self.is_behind() && !has_delivered
    }
}

impl<Log: Source, Database: Store> Worker<Log, Database> {
    /// Compares what was delivered with what the log holds.
    pub(super) fn watch_deliveries(&mut self, watermarks: &BTreeMap<TopicPartition, Watermarks>) {
        let is_wanted = !self.is_stopping() && self.has_room();
        let (mut silent, mut is_busy) = (BTreeSet::new(), false);
        for (partition, entry) in self.partitions.iter_mut() {
            let Some(marks) = watermarks
                .get(partition)
                .filter(|_| is_wanted && entry.is_read() && !entry.paused)
            else {
                entry.watch.rest();
                continue;
            };
            entry.watch.look(entry.next_offset, marks.end_offset);
            if entry.watch.is_silent() {
                silent.insert(partition.clone());
            } else {
                is_busy |= entry.watch.is_behind();
            }
        }
        // with a backlog the others may only have to wait for their turn
        if !is_busy {
            for partition in &silent {
                self.on_silence(partition);
            }
            self.restart(&silent);
        }
    }

    fn on_silence(&mut self, partition: &TopicPartition) {
        let Some(entry) = self.partitions.get_mut(partition) else {
            return;
        };
        entry.watch.rest();
        if std::mem::replace(&mut entry.watch.restarted, true) {
            let next_offset = entry.next_offset;
            self.fail(format!(
                "the Kafka client delivers nothing of {partition} from offset {next_offset} on, even after a new beginning"
            ));
        } else {
            intake::delivers_nothing(partition, entry.next_offset);
        }
    }

    /// The client says what is wrong, and goes on trying.
    pub(super) fn client_speaks(&mut self) {
        for (_, entry) in self.partitions.iter_mut() {
            entry.watch.rest();
        }
    }
}
