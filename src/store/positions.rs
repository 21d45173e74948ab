//! Positions and epochs: who may store what, and how far each partition is.

use super::connection::{Link, PATIENCE};
use super::error::failure;
use super::lane::PgLane;
use super::replays;
use super::write::{Account, Writer};
use crate::pipeline::{BREAKER_WINDOW, Claimed, Failure, FailureKind, LastRecord, Store};
use crate::position::{Epoch, TopicPartition};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The positions of one consumer group in PostgreSQL, or of one replay beside it.
#[derive(Clone, Debug)]
pub struct PgStore {
    writer: Writer,
    options: PgConnectOptions,
    /// For everything but batches, so that a claim never waits for a lane.
    link: Arc<Mutex<Link>>,
}

impl PgStore {
    /// A store that connects when it has to, with `options` as [`super::connection::session`] made them.
    #[must_use]
    pub fn new(options: PgConnectOptions, writer: Writer) -> Self {
        let link = Arc::new(Mutex::new(Link::new(options.clone())));
        Self { writer, options, link }
    }

    /// Runs something short on the connection that is not a lane's.
    pub(super) async fn short<Answer>(
        &self,
        work: impl AsyncFnOnce(&mut PgConnection, &str) -> sqlx::Result<Answer>,
    ) -> Result<Answer, Failure> {
        let mut link = self.link.lock().await;
        let mut connection = link.take().await.map_err(|error| failure(&error))?;
        match tokio::time::timeout(PATIENCE, work(&mut connection, &self.writer.group)).await {
            Ok(Ok(answer)) => {
                link.keep(connection);
                Ok(answer)
            }
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => {
                let message = format!("no answer from the database within {} s", PATIENCE.as_secs());
                Err(Failure {
                    kind: FailureKind::Connection,
                    message,
                })
            }
        }
    }
}

pub(super) fn last_record(offset: Option<i64>, timestamp: Option<DateTime<Utc>>) -> Option<LastRecord> {
    let timestamp = timestamp.map(|timestamp| timestamp.timestamp_millis());
    offset.map(|offset| LastRecord { offset, timestamp })
}

impl Store for PgStore {
    type Lane = PgLane;

    fn lane(&self) -> PgLane {
        PgLane::new(self.writer.clone(), Link::new(self.options.clone()), self.clone())
    }

    async fn claim(&self, partitions: Vec<TopicPartition>) -> Result<BTreeMap<TopicPartition, Claimed>, Failure> {
        self.short(async |connection, group| claim(connection, group, partitions).await)
            .await
    }

    async fn enter(&self, next_offsets: BTreeMap<TopicPartition, i64>) -> Result<(), Failure> {
        let topics: Vec<String> = next_offsets
            .keys()
            .map(|partition| partition.topic.to_string())
            .collect();
        let partitions: Vec<i32> = next_offsets.keys().map(|partition| partition.partition).collect();
        let offsets: Vec<i64> = next_offsets.into_values().collect();
        self.short(async |connection, group| {
            sqlx::query_file!(
                "src/store/sql/enter_partitions.sql",
                group,
                &topics,
                &partitions,
                &offsets
            )
            .execute(connection)
            .await
            .map(|_| ())
        })
        .await
    }

    async fn positions(&self, topics: Vec<Arc<str>>) -> Result<BTreeMap<TopicPartition, Claimed>, Failure> {
        self.short(async |connection, group| match &self.writer.account {
            Account::Live => positions(connection, group, topics).await,
            Account::Replay(name) => replays::positions(connection, name).await,
        })
        .await
    }

    async fn halt(&self, partition: TopicPartition, epoch: Epoch, why: String) -> Result<bool, Failure> {
        self.short(async |connection, group| {
            let (topic, number) = (&*partition.topic, partition.partition);
            sqlx::query_file!("src/store/sql/halt_partition.sql", group, topic, number, epoch.0, why)
                .execute(connection)
                .await
                .map(|done| done.rows_affected() == 1)
        })
        .await
    }

    async fn skip(&self, partition: TopicPartition, epoch: Epoch, next_offset: i64) -> Result<bool, Failure> {
        self.short(async |connection, group| {
            let (topic, number) = (&*partition.topic, partition.partition);
            sqlx::query_file!("src/store/sql/skip_gap.sql", group, topic, number, epoch.0, next_offset)
                .execute(connection)
                .await
                .map(|done| done.rows_affected() == 1)
        })
        .await
    }
}

async fn claim(
    connection: &mut PgConnection,
    group: &str,
    partitions: Vec<TopicPartition>,
) -> sqlx::Result<BTreeMap<TopicPartition, Claimed>> {
    let mut claimed = BTreeMap::new();
    let window = i64::try_from(BREAKER_WINDOW).unwrap_or(i64::MAX);
    for partition in partitions {
        let row = sqlx::query_file!(
            "src/store/sql/claim_partition.sql",
            group,
            &*partition.topic,
            partition.partition,
            window
        )
        .fetch_optional(&mut *connection)
        .await?;
        if let Some(row) = row {
            let claim = Claimed {
                epoch: Epoch(row.epoch),
                next_offset: row.next_offset,
                halted: row.halted,
                last_record: last_record(row.last_offset, row.last_timestamp),
                breaker_from: row.breaker_from,
                faulty: row.faulty,
            };
            claimed.insert(partition, claim);
        }
    }
    Ok(claimed)
}

async fn positions(
    connection: &mut PgConnection,
    group: &str,
    topics: Vec<Arc<str>>,
) -> sqlx::Result<BTreeMap<TopicPartition, Claimed>> {
    let topics: Vec<String> = topics.iter().map(ToString::to_string).collect();
    let rows = sqlx::query_file!("src/store/sql/read_positions.sql", group, &topics)
        .fetch_all(connection)
        .await?;
    let position = |topic: String, partition, claimed| (TopicPartition::new(topic, partition), claimed);
    Ok(rows
        .into_iter()
        .map(|row| {
            let claimed = Claimed {
                epoch: Epoch(row.epoch),
                next_offset: row.next_offset,
                halted: row.halted,
                last_record: last_record(row.last_offset, row.last_timestamp),
                breaker_from: row.breaker_from,
                faulty: Vec::new(),
            };
            position(row.topic, row.partition, claimed)
        })
        .collect())
}
