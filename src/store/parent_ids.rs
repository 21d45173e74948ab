//! Ids of users and tracks that exist, for events that are made up.

use super::connection::Link;
use super::error::failure;
use crate::pipeline::Failure;
use sqlx::postgres::PgConnectOptions;
use uuid::Uuid;

/// Users and tracks that exist, by their ids and in their order.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the names say it all")]
pub struct ParentIds {
    pub users: Vec<Uuid>,
    pub tracks: Vec<Uuid>,
}

/// Reads the ids, `most` of each at most.
pub async fn parent_ids(options: PgConnectOptions, most: i64) -> Result<ParentIds, Failure> {
    read(options, most).await.map_err(|error| failure(&error))
}

async fn read(options: PgConnectOptions, most: i64) -> sqlx::Result<ParentIds> {
    let mut connection = Link::new(options).take().await?;
    let users = sqlx::query_file_scalar!("src/store/sql/read_user_ids.sql", most)
        .fetch_all(&mut connection)
        .await?;
    let tracks = sqlx::query_file_scalar!("src/store/sql/read_track_ids.sql", most)
        .fetch_all(&mut connection)
        .await?;
    Ok(ParentIds { users, tracks })
}
