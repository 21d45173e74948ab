//! The rights that the worker's statements need, no more and no less, and which of them this role lacks.
//!
//! A test executes every statement of the worker under a role that has exactly these, and shows that none is
//! needless.

use std::collections::BTreeMap;

use sqlx::PgConnection;

/// A right on one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needed {
    kind: Kind,
    schema: &'static str,
    name: &'static str,
    privilege: &'static str,
    /// Columns on which the right is enough; none for the whole table.
    columns: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Schema,
    Table,
    /// A function that takes an array of ids.
    Function,
}

const NEEDED: &[Needed] = &[
    schema("public"),
    // only that they exist: what else the backend keeps about a user is none of the worker's business
    on("public", "users", "select", "id"),
    on("public", "tracks", "select", "id"),
    on("public", "listening_history", "select", ""),
    on(
        "public",
        "listening_history",
        "insert",
        "id, user_id, track_id, played_at, played_for, completed, source",
    ),
    on("public", "listening_history", "update", "played_for, completed, source"),
    on("public", "liked_tracks", "select", ""),
    on(
        "public",
        "liked_tracks",
        "insert",
        "user_id, track_id, created_at, updated_at, notes",
    ),
    on("public", "liked_tracks", "update", "created_at, updated_at, notes"),
    on("public", "liked_tracks", "delete", ""),
    schema("ingest"),
    on("ingest", "_sqlx_migrations", "select", ""),
    on("ingest", "progress", "select", ""),
    on("ingest", "progress", "insert", ""),
    on("ingest", "progress", "update", ""),
    on("ingest", "dead_letters", "select", ""),
    on("ingest", "dead_letters", "insert", ""),
    on("ingest", "dead_letters", "update", ""),
    on("ingest", "like_state", "select", ""),
    on("ingest", "like_state", "insert", ""),
    on("ingest", "like_state", "update", ""),
    on("ingest", "replays", "select", ""),
    on("ingest", "replays", "insert", ""),
    on("ingest", "replays", "update", ""),
    on("ingest", "replay_partitions", "select", ""),
    on("ingest", "replay_partitions", "insert", ""),
    on("ingest", "replay_partitions", "update", ""),
    function("lock_users"),
    function("lock_tracks"),
];

const fn schema(schema: &'static str) -> Needed {
    Needed {
        kind: Kind::Schema,
        schema,
        name: "",
        privilege: "usage",
        columns: "",
    }
}

const fn on(schema: &'static str, name: &'static str, privilege: &'static str, columns: &'static str) -> Needed {
    Needed {
        kind: Kind::Table,
        schema,
        name,
        privilege,
        columns,
    }
}

const fn function(name: &'static str) -> Needed {
    Needed {
        kind: Kind::Function,
        schema: "ingest",
        name,
        privilege: "execute",
        columns: "",
    }
}

impl Needed {
    /// The object, as `grant` takes it.
    #[must_use]
    pub fn object(&self) -> String {
        let Self { schema, name, .. } = self;
        match self.kind {
            Kind::Schema => format!("schema {schema}"),
            Kind::Table => format!("{schema}.{name}"),
            Kind::Function => format!("function {schema}.{name}(uuid[])"),
        }
    }

    /// The right, as `grant` takes it.
    #[must_use]
    pub fn privilege(&self) -> String {
        match self.columns {
            "" => self.privilege.to_owned(),
            columns => format!("{} ({columns})", self.privilege),
        }
    }
}

/// All rights that the worker needs.
#[must_use]
pub fn needed() -> &'static [Needed] {
    NEEDED
}

/// How this session's role stands with them.
#[derive(Clone, Debug, Default)]
pub struct Rights {
    /// Those that it does not have.
    pub lacking: Vec<Needed>,
    /// How many are on objects that do not exist.
    pub absent: usize,
}

/// Looks for each of the rights whether this session's role has it.
pub async fn rights(connection: &mut PgConnection) -> sqlx::Result<Rights> {
    let column = |of: fn(&Needed) -> &'static str| NEEDED.iter().map(|needed| of(needed).to_owned()).collect();
    let kinds: Vec<String> = column(|needed| match needed.kind {
        Kind::Schema => "schema",
        Kind::Table => "table",
        Kind::Function => "function",
    });
    let schemas: Vec<String> = column(|needed| needed.schema);
    let names: Vec<String> = column(|needed| needed.name);
    let privileges: Vec<String> = column(|needed| needed.privilege);
    let columns: Vec<String> = column(|needed| needed.columns);
    let held = sqlx::query_file_scalar!(
        "src/store/sql/check/rights.sql",
        &kinds,
        &schemas,
        &names,
        &privileges,
        &columns
    )
    .fetch_all(connection)
    .await?;
    let mut rights = Rights::default();
    for (needed, held) in NEEDED.iter().zip(held) {
        match held {
            Some(true) => {}
            Some(false) => rights.lacking.push(*needed),
            None => rights.absent += 1,
        }
    }
    Ok(rights)
}

/// The statements that give `role`, quoted where SQL wants that, these rights, by object.
#[must_use]
pub fn grants(rights: &[Needed], role: &str) -> BTreeMap<String, String> {
    let mut privileges: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for right in rights {
        privileges.entry(right.object()).or_default().push(right.privilege());
    }
    let statement = |(object, privileges): (String, Vec<String>)| {
        let statement = format!("grant {} on {object} to {role}", privileges.join(", "));
        (object, statement)
    };
    privileges.into_iter().map(statement).collect()
}

/// Whose rights one of the two functions that lock parents works with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockOwner {
    /// The function with its schema.
    pub function: String,
    /// Its owner.
    pub owner: String,
    /// The table whose rows it locks.
    pub parent: String,
    /// The owner has the rights for that.
    pub can_lock: bool,
}

/// Asks for the owners; none where the functions or the tables do not exist.
pub async fn lock_owners(connection: &mut PgConnection) -> sqlx::Result<Vec<LockOwner>> {
    sqlx::query_file_as!(LockOwner, "src/store/sql/check/lock_owners.sql")
        .fetch_all(connection)
        .await
}
