//! Letters that a person chooses: counted, and read in pages by id, so that memory does not grow with their number.

use super::AT_ONCE;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::sync::Arc;
use uuid::Uuid;

/// Which letters are meant; all of these must hold.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Of this consumer group.
    pub group: Arc<str>,
    /// This one letter.
    pub id: Option<i64>,
    /// With this reason.
    pub reason: Option<String>,
    /// In one of these states.
    pub states: Vec<String>,
    /// That failed first at this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Of this user: as the event says, or where key, value or headers name it.
    pub user: Option<Uuid>,
    /// That still have content.
    pub with_content: bool,
    /// No more than this, the oldest first.
    pub limit: Option<u64>,
}

/// The letters of a choice that existed when it was made, page by page.
#[derive(Debug)]
pub struct Pages {
    /// Which letters these are.
    pub choice: Choice,
    /// How many letters there are.
    pub count: u64,
    last_id: i64,
    after_id: i64,
    left: u64,
}

impl Choice {
    /// Counts the letters. What arrives later is not in the pages, so that they end.
    pub async fn pages(self, connection: &mut PgConnection) -> sqlx::Result<Pages> {
        let found = sqlx::query_file!(
            "src/store/sql/letters/count_chosen.sql",
            &*self.group,
            self.id,
            self.reason,
            &self.states,
            self.since,
            self.user,
            self.with_content,
        )
        .fetch_one(connection)
        .await?;
        let count = found.count.unsigned_abs().min(self.limit.unwrap_or(u64::MAX));
        Ok(Pages {
            choice: self,
            count,
            last_id: found.last_id,
            after_id: 0,
            left: count,
        })
    }
}

impl Pages {
    /// The ids of the next page of at most `size` letters; none left if it is empty.
    pub async fn next(&mut self, connection: &mut PgConnection, size: u64) -> sqlx::Result<Vec<i64>> {
        let limit = i64::try_from(self.left.min(size)).unwrap_or(AT_ONCE);
        let choice = &self.choice;
        let rows = sqlx::query_file!(
            "src/store/sql/letters/choose.sql",
            &*choice.group,
            self.after_id,
            self.last_id,
            choice.id,
            choice.reason,
            &choice.states,
            choice.since,
            choice.user,
            choice.with_content,
            limit,
        )
        .fetch_all(connection)
        .await?;
        let ids: Vec<i64> = rows.into_iter().map(|row| row.id).collect();
        self.after_id = ids.last().copied().unwrap_or(self.last_id);
        self.left -= ids.len() as u64;
        Ok(ids)
    }
}
