//! Compares a table's definition with what was found. Pure.
//!
//! | found in addition | verdict |
//! |---|---|
//! | a column that is nullable or has a default | fine |
//! | a column without either | refusal: the worker's rows do not fill it |
//! | a plain index | fine |
//! | a unique index or exclusion constraint | refusal: it could refuse rows |
//! | a check or foreign key on a column of the definition | refusal: it could refuse rows |
//!
//! Names do not matter, and neither does the text of a default, as long as there is one. A plain index that
//! is missing is a warning.

mod columns;
mod constraints;
mod indexes;
#[cfg(test)]
mod tests;

use super::catalog::FoundTable;
use super::definition::ExpectedTable;
use super::difference::{Difference, NOTHING, THE_TABLE};

const TABLE: &str = "a table";

/// Every difference of a library table.
pub(super) fn library_table(expected: &ExpectedTable, found: &FoundTable) -> Vec<Difference> {
    if let Some(difference) = not_a_table(expected.name, found) {
        return vec![difference];
    }
    let mut differences = columns::differences(expected, found);
    differences.extend(indexes::unique(expected, found));
    differences.extend(constraints::differences(expected, found));
    differences.extend(indexes::plain(expected, found));
    differences
}

/// Every difference of `users` or `tracks`: only the key matters.
pub(super) fn parent_table(name: &str, found: &FoundTable) -> Vec<Difference> {
    if let Some(difference) = not_a_table(name, found) {
        return vec![difference];
    }
    let mut differences = Vec::new();
    match found.columns.iter().find(|column| column.name == "id") {
        Some(column) if column.type_name == "uuid" => {}
        other => differences.push(Difference::refusal(
            name,
            "column id",
            "uuid",
            other.map_or(NOTHING, |column| column.type_name.as_str()),
        )),
    }
    differences.extend(indexes::primary_key(name, &["id"], found));
    differences
}

fn not_a_table(name: &str, found: &FoundTable) -> Option<Difference> {
    match found.kind.as_deref() {
        Some(TABLE) => None,
        other => Some(Difference::refusal(name, THE_TABLE, TABLE, other.unwrap_or(NOTHING))),
    }
}
