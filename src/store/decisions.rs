//! What a person decides about a position.

use super::positions::PgStore;
use crate::pipeline::Failure;
use crate::position::{Epoch, TopicPartition};

/// Where a person wants a partition to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The right that was the last when the person was asked: whoever claimed the partition since makes it void.
    pub epoch: Epoch,
    /// The offset that is read next.
    pub next_offset: i64,
    /// The first offset that counts for the flood breaker; none if all count.
    pub breaker_from: Option<i64>,
    /// The topic was made anew: the group to which the letters of the topic before go.
    pub letters_to: Option<String>,
}

/// Dead letters of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LettersFrom {
    /// All of them.
    pub all: i64,
    /// Those that are open or waiting.
    pub unsettled: i64,
}

impl PgStore {
    /// Carries out a decision: the partition goes on there, and nothing that an owner has under way can be stored any
    /// more. False if somebody has claimed the partition since.
    pub async fn decide(&self, partition: &TopicPartition, decision: &Decision) -> Result<bool, Failure> {
        self.short(async |connection, group| {
            sqlx::query_file!(
                "src/store/sql/decide_position.sql",
                group,
                &*partition.topic,
                partition.partition,
                decision.epoch.0,
                decision.next_offset,
                decision.breaker_from,
                decision.letters_to.as_deref()
            )
            .execute(connection)
            .await
            .map(|done| done.rows_affected() == 1)
        })
        .await
    }

    /// How many letters there are of a partition's records from an offset on.
    pub async fn letters_from(&self, partition: &TopicPartition, offset: i64) -> Result<LettersFrom, Failure> {
        self.short(async |connection, group| {
            let (topic, number) = (&*partition.topic, partition.partition);
            let counted = sqlx::query_file_as!(
                LettersFrom,
                "src/store/sql/count_letters_from.sql",
                group,
                topic,
                number,
                offset
            );
            counted.fetch_one(connection).await
        })
        .await
    }
}
