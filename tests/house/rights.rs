//! `deploy/postgres/roles.sql` gives the worker's role the rights on the program's list, and no others.

use crate::source::text_of;
use audiohm_ingest::store::check::{Needed, needed};
use std::collections::BTreeSet;

const FILE: &str = "deploy/postgres/roles.sql";

#[test]
fn the_workers_role_gets_the_rights_on_the_programs_list() {
    let given: BTreeSet<String> = text_of(FILE)
        .lines()
        .map(|line| line.trim().trim_end_matches(',').to_owned())
        .filter(|line| line.starts_with("('audiohm_ingest',"))
        .collect();
    let objects: BTreeSet<String> = needed().iter().map(Needed::object).collect();
    let row = |object: &String| {
        let of_object: Vec<_> = needed().iter().filter(|right| right.object() == *object).collect();
        let privileges: Vec<_> = of_object.iter().map(|right| right.privilege()).collect();
        format!("('audiohm_ingest', '{object}', '{}')", privileges.join(", "))
    };
    let wanted: BTreeSet<String> = objects.iter().map(row).collect();
    let lacks: Vec<_> = wanted.difference(&given).collect();
    let needless: Vec<_> = given.difference(&wanted).collect();
    assert!(
        lacks.is_empty() && needless.is_empty(),
        "{FILE} lacks {lacks:#?}; these are not needed: {needless:#?}"
    );
}
