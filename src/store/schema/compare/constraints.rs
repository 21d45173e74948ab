//! Foreign keys, and checks that could refuse rows.

use super::NOTHING;
use crate::store::schema::catalog::{FoundConstraint, FoundTable};
use crate::store::schema::definition::{ExpectedForeignKey, ExpectedTable};
use crate::store::schema::difference::Difference;

pub(super) fn differences(expected: &ExpectedTable, found: &FoundTable) -> Vec<Difference> {
    let mut differences = Vec::new();
    // a key that was named as the wrong form of an expected one is not named again as an additional one
    let mut named = Vec::new();
    for key in expected.foreign_keys {
        if !found.constraints.iter().any(|other| is_key(other, key)) {
            let near = found
                .constraints
                .iter()
                .find(|other| other.is_foreign_key && other.columns == [key.column]);
            named.extend(near.map(|near| near.name.as_str()));
            differences.push(Difference::refusal(
                expected.name,
                format!("foreign key ({})", key.column),
                format!("references {} (id) on delete cascade", key.target),
                near.map_or_else(|| NOTHING.to_owned(), |near| near.definition.clone()),
            ));
        }
    }
    for extra in &found.constraints {
        let touches = extra.columns.iter().any(|name| expected.has_column(name));
        let is_expected = expected.foreign_keys.iter().any(|key| is_key(extra, key));
        if touches && !is_expected && !named.contains(&extra.name.as_str()) {
            differences.push(Difference::refusal(
                expected.name,
                format!("constraint {}", extra.name),
                "no further check or foreign key on the worker's columns",
                extra.definition.clone(),
            ));
        }
    }
    differences
}

fn is_key(found: &FoundConstraint, expected: &ExpectedForeignKey) -> bool {
    found.is_foreign_key
        && found.columns == [expected.column]
        && found.target == expected.target
        && found.target_columns == ["id"]
        && found.deletes_cascade
        && !found.is_deferred
}
