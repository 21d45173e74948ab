//! What stands in the way of `writer.parent_check = batched`.
//!
//! That mode writes with `session_replication_role = replica`, under which PostgreSQL fires no ordinary trigger: the
//! foreign keys to users and tracks are made good for by locks, but nothing else may be left out with them.

use crate::store::write::foreign_keys;
use sqlx::{Connection, PgConnection};
use std::fmt;

/// The first major version in which a role that is no superuser may get the right.
const FIRST_VERSION: i32 = 15;

/// Why foreign keys cannot be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// PostgreSQL of this major version has no such right to grant.
    Version(i32),
    /// This role lacks the right.
    Right(String),
    /// The table has a trigger, or a constraint that works by one, that would be left out too, or would fire only then.
    Trigger {
        /// The table with its schema.
        table: String,
        /// The name of the trigger or the constraint.
        name: String,
    },
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(found) => write!(f, "it needs PostgreSQL {FIRST_VERSION} or later, and this is {found}"),
            Self::Right(role) => write!(
                f,
                "the role {role} lacks a right; as a superuser: \
                 grant set on parameter session_replication_role to {role}"
            ),
            Self::Trigger { table, name } => {
                write!(
                    f,
                    "{name} on {table} would not work for what the worker writes; drop it"
                )
            }
        }
    }
}

/// What would keep batches from being written without foreign keys; empty where nothing does.
pub async fn obstacles_to_batched(connection: &mut PgConnection) -> sqlx::Result<Vec<Obstacle>> {
    let server = sqlx::query_file!("src/store/sql/check/batched.sql")
        .fetch_one(&mut *connection)
        .await?;
    if server.version < FIRST_VERSION {
        return Ok(vec![Obstacle::Version(server.version)]);
    }
    let mut obstacles = Vec::new();
    if !may_leave_out(connection).await? {
        obstacles.push(Obstacle::Right(server.role));
    }
    let triggers = sqlx::query_file!("src/store/sql/check/triggers_beside_parents.sql")
        .fetch_all(connection)
        .await?;
    obstacles.extend(triggers.into_iter().map(|row| Obstacle::Trigger {
        table: row.table,
        name: row.name,
    }));
    Ok(obstacles)
}

/// Tries it in a transaction that ends without effect.
async fn may_leave_out(connection: &mut PgConnection) -> sqlx::Result<bool> {
    let mut transaction = connection.begin().await?;
    let tried = foreign_keys::leave_out(&mut transaction).await;
    transaction.rollback().await?;
    match tried {
        Ok(()) => Ok(true),
        // insufficient_privilege
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42501") => Ok(false),
        Err(error) => Err(error),
    }
}
