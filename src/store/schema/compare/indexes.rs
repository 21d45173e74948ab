//! Unique indexes, which decide what `on conflict` can rest on and which rows are refused, and plain ones,
//! which decide only the speed. A constraint of either kind is seen as its index.

use super::NOTHING;
use crate::store::schema::catalog::{FoundIndex, FoundTable};
use crate::store::schema::definition::ExpectedTable;
use crate::store::schema::difference::Difference;

/// Missing and additional unique indexes.
pub(super) fn unique(expected: &ExpectedTable, found: &FoundTable) -> Vec<Difference> {
    let mut differences: Vec<_> = primary_key(expected.name, expected.primary_key, found)
        .into_iter()
        .collect();
    // an index that was named as the wrong form of an expected one is not named again as an additional one
    let mut named = Vec::new();
    for columns in expected.unique {
        if !found.indexes.iter().any(|index| is_key(index, columns)) {
            let near = found
                .indexes
                .iter()
                .find(|index| index.is_unique && same_columns(index, columns));
            named.extend(near.map(|index| index.name.as_str()));
            differences.push(Difference::refusal(
                expected.name,
                format!("unique ({})", columns.join(", ")),
                "a unique constraint",
                near.map_or_else(|| NOTHING.to_owned(), describe),
            ));
        }
    }
    for extra in &found.indexes {
        let is_expected =
            is_key(extra, expected.primary_key) || expected.unique.iter().any(|columns| is_key(extra, columns));
        let may_refuse = (extra.is_unique || extra.is_exclusion) && !extra.is_primary;
        if may_refuse && !is_expected && !named.contains(&extra.name.as_str()) {
            differences.push(Difference::refusal(
                expected.name,
                format!("constraint {}", extra.name),
                "no further unique index or exclusion constraint",
                describe(extra),
            ));
        }
    }
    differences
}

/// The difference of a primary key, if there is one.
pub(super) fn primary_key(table: &str, columns: &[&str], found: &FoundTable) -> Option<Difference> {
    let key = found.indexes.iter().find(|index| index.is_primary);
    if key.is_some_and(|key| is_key(key, columns)) {
        return None;
    }
    Some(Difference::refusal(
        table,
        "primary key",
        format!("({})", columns.join(", ")),
        key.map_or_else(|| NOTHING.to_owned(), describe),
    ))
}

/// Plain indexes that are missing: no index begins with their columns.
pub(super) fn plain(expected: &ExpectedTable, found: &FoundTable) -> Vec<Difference> {
    expected
        .indexes
        .iter()
        .filter(|columns| !found.indexes.iter().any(|index| serves(index, columns)))
        .map(|columns| {
            Difference::warning(
                expected.name,
                "index",
                format!("one that begins with ({})", columns.join(", ")),
                NOTHING,
            )
        })
        .collect()
}

fn serves(index: &FoundIndex, columns: &[&str]) -> bool {
    let begins = index.columns.len() >= columns.len()
        && index
            .columns
            .iter()
            .zip(columns)
            .all(|(found, expected)| found.as_deref() == Some(*expected));
    begins && index.is_btree && index.is_valid && !index.is_partial
}

/// Whether `on conflict (columns)` can rest on this index.
fn is_key(index: &FoundIndex, columns: &[&str]) -> bool {
    index.is_unique && index.is_immediate && index.is_valid && !index.is_partial && same_columns(index, columns)
}

/// The order does not matter for uniqueness.
fn same_columns(index: &FoundIndex, columns: &[&str]) -> bool {
    index.columns.len() == columns.len()
        && columns.iter().all(|column| {
            let mut found = index.columns.iter();
            found.any(|found| found.as_deref() == Some(*column))
        })
}

fn describe(index: &FoundIndex) -> String {
    let columns: Vec<_> = index
        .columns
        .iter()
        .map(|column| column.as_deref().unwrap_or("an expression"))
        .collect();
    let kind = if index.is_exclusion {
        "exclusion constraint"
    } else if index.is_primary {
        "primary key"
    } else {
        "unique index"
    };
    let mut text = format!("{kind} ({})", columns.join(", "));
    for (holds, property) in [
        (!index.is_immediate && !index.is_exclusion, ", deferrable"),
        (!index.is_valid, ", not valid"),
        (index.is_partial, ", on a part of the rows"),
    ] {
        if holds {
            text.push_str(property);
        }
    }
    text
}
