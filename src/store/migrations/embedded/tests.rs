use std::collections::BTreeSet;
use std::path::Path;

use super::{LIBRARY_TABLES_VERSION, MIGRATOR, downs, ups};

#[test]
fn every_file_of_the_folder_is_built_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let files: BTreeSet<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let built_in: BTreeSet<_> = MIGRATOR
        .iter()
        .map(|migration| {
            let name = migration.description.replace(' ', "_");
            let suffix = migration.migration_type.suffix();
            format!("{}_{name}{suffix}", migration.version)
        })
        .collect();
    assert_eq!(files, built_in, "touch src/store/migrations/embedded.rs");
}

#[test]
fn every_migration_can_be_undone() {
    let up: Vec<_> = ups().map(|migration| migration.version).collect();
    let down: Vec<_> = downs().map(|migration| migration.version).collect();
    assert_eq!(up, down);
}

#[test]
fn no_migration_leaves_the_transaction() {
    assert!(MIGRATOR.iter().all(|migration| !migration.no_tx));
}

#[test]
fn the_library_tables_have_the_version_that_the_checks_look_for() {
    let version = ups()
        .find(|migration| migration.description == "library tables")
        .map(|migration| migration.version);
    assert_eq!(version, Some(LIBRARY_TABLES_VERSION));
}
