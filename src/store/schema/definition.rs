//! The library tables as the backend's revision `001_add_library_tables` makes them. The migration that makes
//! them where they are missing says the same in SQL; a test compares the two.

/// A table of schema `public` as it has to be.
#[derive(Debug)]
pub(super) struct ExpectedTable {
    pub(super) name: &'static str,
    pub(super) columns: &'static [ExpectedColumn],
    pub(super) primary_key: &'static [&'static str],
    /// Column sets that are unique besides the primary key.
    pub(super) unique: &'static [&'static [&'static str]],
    pub(super) foreign_keys: &'static [ExpectedForeignKey],
    /// Plain indexes: without them the table is right, but slow.
    pub(super) indexes: &'static [&'static [&'static str]],
}

impl ExpectedTable {
    pub(super) fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name)
    }
}

/// A column. `type_name` is spelled as `format_type` spells it.
#[derive(Debug)]
pub(super) struct ExpectedColumn {
    pub(super) name: &'static str,
    pub(super) type_name: &'static str,
    pub(super) not_null: bool,
    pub(super) has_default: bool,
}

/// A foreign key to the `id` of `target`, with `on delete cascade`.
#[derive(Debug)]
pub(super) struct ExpectedForeignKey {
    pub(super) column: &'static str,
    pub(super) target: &'static str,
}

pub(super) const PARENT_TABLES: &[&str] = &["users", "tracks"];

pub(super) const LIBRARY_TABLES: &[ExpectedTable] = &[
    ExpectedTable {
        name: "listening_history",
        columns: &[
            with_default("id", "uuid"),
            required("user_id", "uuid"),
            required("track_id", "uuid"),
            with_default("played_for", "integer"),
            with_default("completed", "boolean"),
            nullable("source", "character varying(50)"),
            with_default("played_at", "timestamp without time zone"),
            with_default("created_at", "timestamp without time zone"),
        ],
        primary_key: &["id"],
        unique: &[],
        foreign_keys: PARENTS,
        indexes: &[
            &["id"],
            &["user_id"],
            &["track_id"],
            &["played_at"],
            &["user_id", "played_at"],
            &["user_id", "track_id"],
        ],
    },
    ExpectedTable {
        name: "liked_tracks",
        columns: &[
            with_default("id", "uuid"),
            required("user_id", "uuid"),
            required("track_id", "uuid"),
            nullable("notes", "character varying(1000)"),
            with_default("created_at", "timestamp without time zone"),
            with_default("updated_at", "timestamp without time zone"),
        ],
        primary_key: &["id"],
        unique: &[&["user_id", "track_id"]],
        foreign_keys: PARENTS,
        indexes: &[&["id"], &["user_id"], &["track_id"], &["user_id", "track_id"]],
    },
];

const PARENTS: &[ExpectedForeignKey] = &[
    ExpectedForeignKey {
        column: "user_id",
        target: "public.users",
    },
    ExpectedForeignKey {
        column: "track_id",
        target: "public.tracks",
    },
];

const fn with_default(name: &'static str, type_name: &'static str) -> ExpectedColumn {
    ExpectedColumn {
        name,
        type_name,
        not_null: true,
        has_default: true,
    }
}

const fn required(name: &'static str, type_name: &'static str) -> ExpectedColumn {
    ExpectedColumn {
        name,
        type_name,
        not_null: true,
        has_default: false,
    }
}

const fn nullable(name: &'static str, type_name: &'static str) -> ExpectedColumn {
    ExpectedColumn {
        name,
        type_name,
        not_null: false,
        has_default: false,
    }
}
