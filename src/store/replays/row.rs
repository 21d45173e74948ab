//! A replay as its rows tell.

use crate::batch::Ledger;
use crate::position::{Epoch, OffsetRange, TopicPartition};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// Where a replay stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the column")]
pub enum State {
    Running,
    Paused,
    Done,
    Failed,
    Cancelled,
}

impl State {
    /// The word in the column.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of the word; the table's check knows no other than these.
    pub(super) fn of(word: &str) -> Self {
        let all = [Self::Running, Self::Paused, Self::Done, Self::Cancelled];
        let found = all.into_iter().find(|state| state.as_str() == word);
        found.unwrap_or(Self::Failed)
    }

    /// Whether it can still be resumed.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }
}

/// The range of a replay in one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The whole range.
    pub range: OffsetRange,
    /// Everything of the range below it is stored.
    pub next_offset: i64,
    /// Offsets that the log had deleted before they were read.
    pub lost_offsets: i64,
}

/// A replay.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct Replay {
    pub name: String,
    pub state: State,
    pub detail: Option<String>,
    pub client_group: String,
    pub only_kinds: Vec<String>,
    pub only_users: Vec<Uuid>,
    pub rate: Option<i32>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub ledger: Ledger,
    pub parts: Vec<Part>,
}

impl Replay {
    /// Offsets of all its ranges.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.parts.iter().map(|part| part.range.offsets()).sum()
    }

    /// Offsets of its ranges that are stored.
    #[must_use]
    pub fn done(&self) -> i64 {
        let done = |part: &Part| part.next_offset - part.range.start_offset;
        self.parts.iter().map(done).sum()
    }

    /// Offsets that the log had deleted before they were read.
    #[must_use]
    pub fn lost(&self) -> i64 {
        self.parts.iter().map(|part| part.lost_offsets).sum()
    }

    /// What is left to read.
    #[must_use]
    pub fn left(&self) -> Vec<OffsetRange> {
        let left = |part: &Part| OffsetRange {
            start_offset: part.next_offset,
            ..part.range.clone()
        };
        self.parts.iter().map(left).collect()
    }
}

pub(super) async fn list(connection: &mut PgConnection, group: &str) -> sqlx::Result<Vec<Replay>> {
    let rows = sqlx::query_file!("src/store/sql/replays/list.sql", group)
        .fetch_all(&mut *connection)
        .await?;
    let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    let mut of: HashMap<String, Vec<Part>> = HashMap::new();
    for (name, _, part) in parts(connection, &names).await? {
        of.entry(name).or_default().push(part);
    }
    let replay = rows.into_iter().map(|row| Replay {
        parts: of.remove(&row.name).unwrap_or_default(),
        state: State::of(&row.state),
        name: row.name,
        detail: row.detail,
        client_group: row.client_group,
        only_kinds: row.only_kinds,
        only_users: row.only_users,
        rate: row.rate,
        created_at: row.created_at,
        updated_at: row.updated_at,
        ledger: Ledger {
            inserted: row.inserted,
            updated: row.updated,
            removed: row.removed,
            unchanged: row.unchanged,
            dead_lettered: row.dead_lettered,
            skipped: row.skipped,
        },
    });
    Ok(replay.collect())
}

/// The parts of these replays, each with the name and the epoch of its replay.
pub(super) async fn parts(connection: &mut PgConnection, names: &[String]) -> sqlx::Result<Vec<(String, Epoch, Part)>> {
    let rows = sqlx::query_file!("src/store/sql/replays/partitions.sql", names)
        .fetch_all(connection)
        .await?;
    let part = rows.into_iter().map(|row| {
        let range = OffsetRange {
            partition: TopicPartition::new(row.topic, row.partition),
            start_offset: row.from_offset,
            end_offset: row.to_offset,
        };
        let part = Part {
            range,
            next_offset: row.next_offset,
            lost_offsets: row.lost_offsets,
        };
        (row.replay, Epoch(row.epoch), part)
    });
    Ok(part.collect())
}
