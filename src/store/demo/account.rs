//! What one group has done, for people to read.

use super::Stage;
use crate::batch::Ledger;
use crate::pipeline::Failure;
use crate::store::error::failure;
use sqlx::PgConnection;

/// What one consumer group has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Rows in the tables.
    pub rows: RowCounts,
    /// Outcomes by topic.
    pub ledger: Vec<TopicLedger>,
    /// Dead letters, the most frequent first.
    pub letters: Vec<LetterGroup>,
}

/// Rows in the tables; dead letters of the group alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the tables")]
pub struct RowCounts {
    pub listening_history: i64,
    pub liked_tracks: i64,
    pub dead_letters: i64,
}

/// The outcomes of a topic's records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicLedger {
    /// The topic.
    pub topic: String,
    /// Its outcomes.
    pub ledger: Ledger,
}

/// Dead letters that share reason and state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct LetterGroup {
    pub reason: String,
    pub state: String,
    pub letters: i64,
}

/// Reads the account of `group`.
pub async fn account(stage: &mut Stage, group: &str) -> Result<Account, Failure> {
    read(stage.connection(), group).await.map_err(|error| failure(&error))
}

async fn read(connection: &mut PgConnection, group: &str) -> sqlx::Result<Account> {
    let rows = sqlx::query_file_as!(RowCounts, "src/store/sql/demo/count_rows.sql", group)
        .fetch_one(&mut *connection)
        .await?;
    let letters = sqlx::query_file_as!(LetterGroup, "src/store/sql/demo/count_letters_by_state.sql", group)
        .fetch_all(&mut *connection)
        .await?;
    let topics = sqlx::query_file!("src/store/sql/demo/read_ledger.sql", group)
        .fetch_all(connection)
        .await?;
    let ledger = topics.into_iter().map(|row| TopicLedger {
        topic: row.topic,
        ledger: Ledger {
            inserted: row.inserted,
            updated: row.updated,
            removed: row.removed,
            unchanged: row.unchanged,
            dead_lettered: row.dead_lettered,
            skipped: row.skipped,
        },
    });
    Ok(Account {
        rows,
        ledger: ledger.collect(),
        letters,
    })
}
