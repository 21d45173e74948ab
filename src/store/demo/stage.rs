//! The demo's own connection: whose database it is, the stand-ins, and proofs about rows.

use crate::pipeline::Failure;
use crate::store::connection::Link;
use crate::store::error::failure;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

/// The comment on tables that the demo made; `mark_users.sql` and `mark_tracks.sql` write it.
const MARK: &str = "stand-in that audiohm-ingest demo made; nothing in this database is real";

/// Whose database it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has put anything into it.
    Empty,
    /// A demo made it, and nobody has taken it over since.
    Demo,
    /// Somebody's; with the names of its tables.
    Foreign(Vec<String>),
}

/// A number of rows and what identifies their versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowVersions {
    /// How many rows.
    pub rows: i64,
    sum: String,
}

/// A database that a demo wants to use.
#[derive(Debug)]
pub struct Stage(PgConnection);

impl Stage {
    /// Connects.
    pub async fn open(options: PgConnectOptions) -> Result<Self, Failure> {
        let connection = Link::new(options).take().await;
        connection.map(Self).map_err(|error| failure(&error))
    }

    /// Whose database it is. Changes nothing.
    pub async fn standing(&mut self) -> Result<Standing, Failure> {
        let tables = sqlx::query_file!("src/store/sql/demo/read_tables.sql")
            .fetch_all(&mut self.0)
            .await
            .map_err(|error| failure(&error))?;
        Ok(judge(
            tables.into_iter().map(|table| (table.name, table.remark)).collect(),
        ))
    }

    /// Makes `users` and `tracks` with so many rows in each, all or nothing.
    pub async fn make_parents(&mut self, users: i64, tracks: i64) -> Result<(), Failure> {
        make_parents(&mut self.0, users, tracks)
            .await
            .map_err(|error| failure(&error))
    }

    /// The versions of all rows that ingesting could change.
    pub async fn row_versions(&mut self) -> Result<RowVersions, Failure> {
        let versions = sqlx::query_file!("src/store/sql/demo/read_row_versions.sql")
            .fetch_one(&mut self.0)
            .await
            .map_err(|error| failure(&error))?;
        Ok(RowVersions {
            rows: versions.rows,
            sum: versions.sum,
        })
    }

    /// Whether a play is there for everyone to see.
    pub async fn has_play(&mut self, id: Uuid) -> Result<bool, Failure> {
        sqlx::query_file_scalar!("src/store/sql/demo/play_exists.sql", id)
            .fetch_one(&mut self.0)
            .await
            .map_err(|error| failure(&error))
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}

fn judge(tables: Vec<(String, Option<String>)>) -> Standing {
    let is_marked = |wanted: &str| {
        let mut marks = tables.iter().filter(|(name, _)| name == wanted);
        marks.any(|(_, remark)| remark.as_deref() == Some(MARK))
    };
    let alembic = tables.iter().any(|(name, _)| name.ends_with(".alembic_version"));
    if tables.is_empty() {
        Standing::Empty
    } else if is_marked("public.users") && is_marked("public.tracks") && !alembic {
        Standing::Demo
    } else {
        Standing::Foreign(tables.into_iter().map(|(name, _)| name).collect())
    }
}

async fn make_parents(connection: &mut PgConnection, users: i64, tracks: i64) -> sqlx::Result<()> {
    let mut transaction = connection.begin().await?;
    sqlx::query_file!("src/store/sql/demo/create_users.sql")
        .execute(&mut *transaction)
        .await?;
    sqlx::query_file!("src/store/sql/demo/create_tracks.sql")
        .execute(&mut *transaction)
        .await?;
    sqlx::query_file!("src/store/sql/demo/mark_users.sql")
        .execute(&mut *transaction)
        .await?;
    sqlx::query_file!("src/store/sql/demo/mark_tracks.sql")
        .execute(&mut *transaction)
        .await?;
    sqlx::query_file!("src/store/sql/demo/insert_users.sql", users)
        .execute(&mut *transaction)
        .await?;
    sqlx::query_file!("src/store/sql/demo/insert_tracks.sql", tracks)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, remark: Option<&str>) -> (String, Option<String>) {
        (name.to_owned(), remark.map(str::to_owned))
    }

    #[test]
    fn only_an_empty_database_or_a_former_demos_may_be_used() {
        let demo = vec![
            table("ingest.progress", None),
            table("public.tracks", Some(MARK)),
            table("public.users", Some(MARK)),
        ];
        assert_eq!(judge(vec![]), Standing::Empty);
        assert_eq!(judge(demo.clone()), Standing::Demo);
        let taken_over = [demo.clone(), vec![table("public.alembic_version", None)]].concat();
        let half = vec![
            table("public.tracks", Some(MARK)),
            table("public.users", Some("people")),
        ];
        let bare = vec![table("public.tracks", None), table("public.users", None)];
        let worker_alone = vec![table("ingest.progress", None)];
        let marked_elsewhere = vec![table("old.tracks", Some(MARK)), table("old.users", Some(MARK))];
        for foreign in [taken_over, half, bare, worker_alone, marked_elsewhere] {
            let names = foreign.iter().map(|(name, _)| name.clone()).collect();
            assert_eq!(judge(foreign), Standing::Foreign(names));
        }
    }
}
