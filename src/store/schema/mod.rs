//! The backend's tables as the worker needs them: their definition, what the database has, and where the two
//! differ. Enters: a connection. Leaves: differences, each with what was expected and what was found.
//!
//! It reads catalogs only, so it needs no right on the tables, takes no lock and never changes anything.

mod catalog;
mod compare;
mod definition;
mod difference;

use sqlx::PgConnection;

pub use self::difference::{Difference, Weight};

/// Compares `listening_history` and `liked_tracks` with the backend's revision `001_add_library_tables`.
///
/// Differences of [`Weight::Refusal`] mean that the worker could not keep its promises on these tables; those
/// of [`Weight::Warning`] only cost speed. A table that does not exist is one difference.
pub async fn compare_library_tables(conn: &mut PgConnection) -> Result<Vec<Difference>, sqlx::Error> {
    let mut differences = Vec::new();
    for expected in definition::LIBRARY_TABLES {
        let found = catalog::read_table(conn, expected.name).await?;
        differences.extend(compare::library_table(expected, &found));
    }
    Ok(differences)
}

/// Compares `users` and `tracks` with the one thing that matters of them here: a primary key `id uuid`.
pub async fn compare_parent_tables(conn: &mut PgConnection) -> Result<Vec<Difference>, sqlx::Error> {
    let mut differences = Vec::new();
    for name in definition::PARENT_TABLES {
        let found = catalog::read_table(conn, name).await?;
        differences.extend(compare::parent_table(name, &found));
    }
    Ok(differences)
}

/// Names, within schema `public`, of the library tables that exist.
pub(in crate::store) async fn existing_library_tables(
    conn: &mut PgConnection,
) -> Result<Vec<&'static str>, sqlx::Error> {
    let mut names = Vec::new();
    for expected in definition::LIBRARY_TABLES {
        if catalog::exists(conn, expected.name).await? {
            names.push(expected.name);
        }
    }
    Ok(names)
}

/// These library tables and, as far as they exist, their parents, in the order in which every writer locks
/// them.
pub(in crate::store) async fn lock_order(
    conn: &mut PgConnection,
    library_tables: &[&str],
) -> Result<Vec<&'static str>, sqlx::Error> {
    let mut names = Vec::new();
    for name in ["users", "tracks", "liked_tracks", "listening_history"] {
        let is_parent = definition::PARENT_TABLES.contains(&name);
        if library_tables.contains(&name) || (is_parent && catalog::exists(conn, name).await?) {
            names.push(name);
        }
    }
    Ok(names)
}
