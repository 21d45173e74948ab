//! Replays as the database keeps them: what is read again, how far each is, and whose it is.
//!
//! Only the process with the latest epoch of a replay may move it on. The positions themselves move in the
//! transaction of a batch; see `write`.

mod row;

pub use row::{Part, Replay, State};

use super::connection::{Link, PATIENCE};
use super::error::failure;
use crate::pipeline::{Claimed, Failure, FailureKind};
use crate::position::{Epoch, OffsetRange, TopicPartition};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// A replay that is to be begun.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct NewReplay {
    pub name: String,
    pub client_group: String,
    pub only_kinds: Vec<String>,
    pub only_users: Vec<Uuid>,
    pub rate: Option<i32>,
    pub ranges: Vec<OffsetRange>,
}

/// A replay that is not over: name, state, and how many offsets are left.
pub type Remaining = (String, String, i64);

/// The replays of one consumer group.
#[derive(Debug)]
pub struct Replays {
    group: Arc<str>,
    link: Link,
}

impl Replays {
    /// Replays that are reached by a connection of their own, which is made when it is needed.
    #[must_use]
    pub fn new(options: PgConnectOptions, group: Arc<str>) -> Self {
        let link = Link::new(options);
        Self { group, link }
    }

    /// Enters a replay; false if the name is taken.
    pub async fn create(&mut self, new: &NewReplay) -> Result<bool, Failure> {
        let group = Arc::clone(&self.group);
        self.short(async |connection| create(connection, &group, new).await)
            .await
    }

    /// Takes a replay over from whoever worked on it, with another rate if one is given; none if it cannot go on.
    pub async fn claim(&mut self, name: &str, rate: Option<i32>) -> Result<Option<Epoch>, Failure> {
        let group = Arc::clone(&self.group);
        self.short(async |connection| {
            let claimed = sqlx::query_file_scalar!("src/store/sql/replays/claim.sql", name, &*group, rate);
            claimed.fetch_optional(connection).await
        })
        .await
        .map(|epoch| epoch.map(Epoch))
    }

    /// Ends a run of the replay; false if it is somebody else's by now.
    pub async fn end(&mut self, name: &str, epoch: Epoch, state: State, detail: Option<&str>) -> Result<bool, Failure> {
        self.short(async |connection| {
            let ended = sqlx::query_file!("src/store/sql/replays/end.sql", name, epoch.0, state.as_str(), detail);
            ended.execute(connection).await.map(|done| done.rows_affected() == 1)
        })
        .await
    }

    /// Ends a replay for good; false if there is none that could be ended.
    pub async fn cancel(&mut self, name: &str) -> Result<bool, Failure> {
        let group = Arc::clone(&self.group);
        self.short(async |connection| {
            let cancelled = sqlx::query_file!("src/store/sql/replays/cancel.sql", name, &*group);
            cancelled
                .execute(connection)
                .await
                .map(|done| done.rows_affected() == 1)
        })
        .await
    }

    /// Moves a position over offsets that the log has deleted.
    pub async fn lose(
        &mut self,
        name: &str,
        epoch: Epoch,
        partition: &TopicPartition,
        next_offset: i64,
    ) -> Result<(), Failure> {
        let (topic, number) = (&*partition.topic, partition.partition);
        self.short(async |connection| {
            let lost = sqlx::query_file!(
                "src/store/sql/replays/lose.sql",
                name,
                epoch.0,
                topic,
                number,
                next_offset
            );
            lost.execute(connection).await.map(|_| ())
        })
        .await
    }

    /// The epoch and the state of a replay; none if there is none.
    pub async fn owner(&mut self, name: &str) -> Result<Option<(Epoch, State)>, Failure> {
        self.short(async |connection| {
            let owner = sqlx::query_file!("src/store/sql/replays/owner.sql", name);
            owner.fetch_optional(connection).await
        })
        .await
        .map(|row| row.map(|row| (Epoch(row.epoch), State::of(&row.state))))
    }

    /// All replays of the group, the newest first.
    pub async fn list(&mut self) -> Result<Vec<Replay>, Failure> {
        let group = Arc::clone(&self.group);
        self.short(async |connection| row::list(connection, &group).await).await
    }

    /// The replays of the group that are not over.
    pub async fn remaining(&mut self) -> Result<Vec<Remaining>, Failure> {
        let group = Arc::clone(&self.group);
        self.short(async |connection| remaining(connection, &group).await).await
    }

    /// Runs something short; a connection that failed is not used again.
    async fn short<Answer>(
        &mut self,
        work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<Answer>,
    ) -> Result<Answer, Failure> {
        let mut connection = self.link.take().await.map_err(|error| failure(&error))?;
        match tokio::time::timeout(PATIENCE, work(&mut connection)).await {
            Ok(Ok(answer)) => {
                self.link.keep(connection);
                Ok(answer)
            }
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => Err(Failure {
                kind: FailureKind::Connection,
                message: format!("no answer from the database within {} s", PATIENCE.as_secs()),
            }),
        }
    }
}

async fn remaining(connection: &mut PgConnection, group: &str) -> sqlx::Result<Vec<Remaining>> {
    let rows = sqlx::query_file!("src/store/sql/replays/remaining.sql", group)
        .fetch_all(connection)
        .await?;
    let remaining = rows.into_iter().map(|row| (row.name, row.state, row.remaining));
    Ok(remaining.collect())
}

async fn create(connection: &mut PgConnection, group: &str, new: &NewReplay) -> sqlx::Result<bool> {
    let mut transaction = connection.begin().await?;
    let entered = sqlx::query_file!(
        "src/store/sql/replays/create.sql",
        new.name,
        group,
        new.client_group,
        &new.only_kinds,
        &new.only_users,
        new.rate,
    )
    .execute(&mut *transaction)
    .await?;
    if entered.rows_affected() == 0 {
        return Ok(false);
    }
    let column = |value: fn(&OffsetRange) -> i64| new.ranges.iter().map(value).collect::<Vec<_>>();
    let topics: Vec<&str> = new.ranges.iter().map(|range| &*range.partition.topic).collect();
    let partitions: Vec<i32> = new.ranges.iter().map(|range| range.partition.partition).collect();
    sqlx::query_file!(
        "src/store/sql/replays/create_partitions.sql",
        new.name,
        &topics as &[&str],
        &partitions,
        &column(|range| range.start_offset),
        &column(|range| range.end_offset),
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(true)
}

/// The positions of one replay, as those of a group.
pub(super) async fn positions(
    connection: &mut PgConnection,
    name: &str,
) -> sqlx::Result<BTreeMap<TopicPartition, Claimed>> {
    let parts = row::parts(connection, &[name.to_owned()]).await?;
    let claimed =
        |(_, epoch, part): (String, Epoch, Part)| (part.range.partition, Claimed::new(epoch, part.next_offset));
    Ok(parts.into_iter().map(claimed).collect())
}
