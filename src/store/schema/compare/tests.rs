//! What the comparison says about tables that were changed in one way each. That a table made by the migration
//! has no difference at all is checked on PostgreSQL.

use super::library_table;
use crate::store::schema::catalog::{FoundColumn, FoundConstraint, FoundIndex, FoundTable};
use crate::store::schema::definition::{ExpectedTable, LIBRARY_TABLES};

/// A table that is exactly as expected.
fn right(expected: &ExpectedTable) -> FoundTable {
    FoundTable {
        kind: Some("a table".to_owned()),
        columns: expected
            .columns
            .iter()
            .map(|column| FoundColumn {
                name: column.name.to_owned(),
                type_name: column.type_name.to_owned(),
                not_null: column.not_null,
                has_default: column.has_default,
                generated: false,
            })
            .collect(),
        indexes: std::iter::once(expected.primary_key)
            .map(|columns| index("pkey", columns, true))
            .chain(expected.unique.iter().map(|columns| index("key", columns, true)))
            .chain(expected.indexes.iter().map(|columns| index("ix", columns, false)))
            .enumerate()
            .map(|(place, index)| FoundIndex {
                is_primary: place == 0,
                ..index
            })
            .collect(),
        constraints: expected
            .foreign_keys
            .iter()
            .map(|key| foreign_key(key.column, key.target))
            .collect(),
    }
}

fn index(name: &str, columns: &[&str], is_unique: bool) -> FoundIndex {
    FoundIndex {
        name: name.to_owned(),
        columns: columns.iter().map(|column| Some((*column).to_owned())).collect(),
        is_primary: false,
        is_unique,
        is_exclusion: false,
        is_immediate: true,
        is_valid: true,
        is_partial: false,
        is_btree: true,
    }
}

fn foreign_key(column: &str, target: &str) -> FoundConstraint {
    FoundConstraint {
        name: format!("{column}_fkey"),
        is_foreign_key: true,
        columns: vec![column.to_owned()],
        target: target.to_owned(),
        target_columns: vec!["id".to_owned()],
        deletes_cascade: true,
        is_deferred: false,
        definition: format!("foreign key ({column})"),
    }
}

/// The differences of `liked_tracks` after a change, as text.
fn after(change: impl FnOnce(&mut FoundTable)) -> Vec<String> {
    let expected = &LIBRARY_TABLES[1];
    let mut found = right(expected);
    change(&mut found);
    library_table(expected, &found)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_table_as_expected_has_no_difference() {
    for expected in LIBRARY_TABLES {
        assert_eq!(library_table(expected, &right(expected)), []);
    }
}

#[test]
fn a_deferrable_unique_constraint_is_named_once() {
    let found = after(|table| table.indexes[1].is_immediate = false);
    assert_eq!(
        found,
        [
            "public.liked_tracks, unique (user_id, track_id): expected a unique constraint, \
          found unique index (user_id, track_id), deferrable"
        ]
    );
}

#[test]
fn the_order_of_the_unique_columns_does_not_matter() {
    assert_eq!(after(|table| table.indexes[1].columns.reverse()), [""; 0]);
}

#[test]
fn a_key_that_is_checked_at_the_end_of_the_transaction_is_a_difference() {
    let found = after(|table| table.constraints[0].is_deferred = true);
    assert_eq!(
        found,
        [
            "public.liked_tracks, foreign key (user_id): expected references public.users (id) \
          on delete cascade, found foreign key (user_id)"
        ]
    );
}

#[test]
fn a_second_key_on_a_parent_column_is_a_difference() {
    let found = after(|table| {
        table.constraints.push(FoundConstraint {
            name: "second".to_owned(),
            ..foreign_key("user_id", "public.people")
        });
    });
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("constraint second"), "{found:?}");
}

#[test]
fn a_check_on_a_further_column_alone_is_fine() {
    let found = after(|table| {
        table.constraints.push(FoundConstraint {
            is_foreign_key: false,
            ..foreign_key("colour", "")
        });
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn an_unfinished_unique_index_beside_the_right_one_is_a_difference() {
    let found = after(|table| {
        table.indexes.push(FoundIndex {
            is_valid: false,
            ..index("left_over", &["user_id", "track_id"], true)
        });
    });
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("left_over"), "{found:?}");
}

#[test]
fn a_missing_plain_index_warns_and_does_not_refuse() {
    let expected = &LIBRARY_TABLES[0];
    let mut found = right(expected);
    found
        .indexes
        .retain(|index| index.columns[0].as_deref() != Some("played_at"));
    let differences = library_table(expected, &found);
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert!(!differences[0].refuses());
}
