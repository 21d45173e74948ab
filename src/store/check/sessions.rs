//! How many sessions there may be, and how many there are.

use sqlx::PgConnection;

/// Limits and use, this session left out.
#[derive(Clone, Copy, Debug)]
pub struct Sessions {
    most: i64,
    reserved: i64,
    in_use: i64,
    /// Sessions of workers that run now, under the same role and name.
    pub workers: i64,
    most_of_role: i64,
    in_use_by_role: i64,
    most_of_database: i64,
    in_use_in_database: i64,
}

/// Asks for limits and use; `worker` is the name under which a worker's sessions are known.
pub async fn sessions(connection: &mut PgConnection, worker: &str) -> sqlx::Result<Sessions> {
    sqlx::query_file_as!(Sessions, "src/store/sql/check/connections.sql", worker)
        .fetch_one(connection)
        .await
}

impl Sessions {
    /// How many more there may be, and the narrowest limit in words.
    #[must_use]
    pub fn free(&self) -> (i64, String) {
        let server = (
            self.most - self.reserved - self.in_use,
            format!("max_connections is {}, {} reserved", self.most, self.reserved),
        );
        let limited = |most: i64, in_use: i64, what: &str| {
            // -1 stands for no limit
            (most >= 0).then(|| (most - in_use, format!("{what} may have {most}")))
        };
        [
            limited(self.most_of_role, self.in_use_by_role, "this role"),
            limited(self.most_of_database, self.in_use_in_database, "this database"),
        ]
        .into_iter()
        .flatten()
        .fold(
            server,
            |narrowest, other| {
                if other.0 < narrowest.0 { other } else { narrowest }
            },
        )
    }
}
