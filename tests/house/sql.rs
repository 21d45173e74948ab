//! SQL: one statement a file, each file used once, keywords in lower case.

use crate::source::{files_below, text_of};

/// Without comments and without what stands in quotes of either kind.
fn bare(sql: &str) -> String {
    let lines = sql
        .lines()
        .map(|line| line.split_once("--").map_or(line, |(code, _)| code));
    let code = lines.collect::<Vec<_>>().join("\n");
    // every second piece stands in quotes
    let unquoted = |text: &str, quote: char| text.split(quote).step_by(2).collect::<String>();
    unquoted(&unquoted(&code, '\''), '"')
}

#[test]
fn every_sql_file_is_used_exactly_once() {
    let code: String = files_below("src", "rs").iter().map(|path| text_of(path)).collect();
    for path in files_below("src/store/sql", "sql") {
        let name = path.strip_prefix("src/store/").expect("below src/store");
        let uses = code.matches(&format!("{name}\"")).count();
        assert_eq!(uses, 1, "{path} is used {uses} times");
    }
}

#[test]
fn a_file_holds_one_statement() {
    for path in files_below("src/store/sql", "sql") {
        // what migrations are made with is sent as a script
        let is_script = path.contains("/migrations/");
        assert!(
            is_script || !bare(&text_of(&path)).contains(';'),
            "{path} holds several statements"
        );
    }
}

#[test]
fn sql_is_written_in_lower_case() {
    let files = files_below("src/store/sql", "sql")
        .into_iter()
        .chain(files_below("migrations", "sql"));
    for path in files {
        let bare = bare(&text_of(&path));
        let line = bare
            .lines()
            .find(|line| line.contains(|it: char| it.is_ascii_uppercase()));
        assert_eq!(line, None, "{path}");
    }
}

#[test]
fn every_migration_goes_up_and_down() {
    let files = files_below("migrations", "sql");
    let ups = files.iter().filter_map(|path| path.strip_suffix(".up.sql"));
    for up in ups.clone() {
        assert!(files.contains(&format!("{up}.down.sql")), "{up} has no way down");
    }
    assert_eq!(
        ups.count() * 2,
        files.len(),
        "files that are neither up nor down: {files:?}"
    );
}
