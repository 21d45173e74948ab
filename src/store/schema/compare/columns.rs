//! Columns: type, null, default.

use super::NOTHING;
use crate::store::schema::catalog::{FoundColumn, FoundTable};
use crate::store::schema::definition::{ExpectedColumn, ExpectedTable};
use crate::store::schema::difference::Difference;

pub(super) fn differences(expected: &ExpectedTable, found: &FoundTable) -> Vec<Difference> {
    let known = expected
        .columns
        .iter()
        .filter_map(|column| column_difference(expected.name, column, found));
    let extra = found
        .columns
        .iter()
        .filter(|column| !expected.has_column(&column.name))
        .filter(|column| column.not_null && !column.has_default && !column.generated)
        .map(|column| {
            Difference::refusal(
                expected.name,
                format!("column {}", column.name),
                "no further column that is not null and has no default",
                describe_found(column),
            )
        });
    known.chain(extra).collect()
}

fn column_difference(table: &str, expected: &ExpectedColumn, found: &FoundTable) -> Option<Difference> {
    let actual = found.columns.iter().find(|column| column.name == expected.name);
    let matches = actual.is_some_and(|actual| {
        actual.type_name == expected.type_name
            && actual.not_null == expected.not_null
            && (actual.has_default || !expected.has_default)
            && !actual.generated
    });
    (!matches).then(|| {
        Difference::refusal(
            table,
            format!("column {}", expected.name),
            describe(expected.type_name, expected.not_null, expected.has_default, false),
            actual.map_or_else(|| NOTHING.to_owned(), describe_found),
        )
    })
}

fn describe_found(column: &FoundColumn) -> String {
    describe(&column.type_name, column.not_null, column.has_default, column.generated)
}

fn describe(type_name: &str, not_null: bool, has_default: bool, generated: bool) -> String {
    let null = if not_null { " not null" } else { " null" };
    let value = match (generated, has_default) {
        (true, _) => ", always generated",
        (false, true) => " with a default",
        (false, false) => "",
    };
    format!("{type_name}{null}{value}")
}
