//! Words that say nothing, and so may not be part of a name.

use crate::source::{self, files_below, text_of};

const EMPTY_WORDS: [&str; 8] = [
    "util", "utils", "common", "helper", "helpers", "types", "manager", "misc",
];

/// What a name follows.
const DECLARATIONS: [&str; 9] = [
    "fn", "struct", "enum", "trait", "mod", "type", "const", "static", "union",
];

/// `BatchLimits`, `batch_limits` and `BATCH_LIMITS` in words.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for character in name.chars() {
        if character == '_' || (character.is_uppercase() && was_small) {
            words.push(String::new());
        }
        if character != '_' {
            words.last_mut().expect("there is one").extend(character.to_lowercase());
        }
        was_small = character.is_lowercase();
    }
    words
}

fn is_empty_of_meaning(name: &str) -> bool {
    words(name).iter().any(|word| EMPTY_WORDS.contains(&word.as_str()))
}

#[test]
fn no_name_is_made_of_a_word_that_says_nothing() {
    let mut found = Vec::new();
    for source in source::all() {
        let modules = source.modules.iter().filter(|name| is_empty_of_meaning(name)).cloned();
        found.extend(modules.map(|name| format!("{}: {name}", source.path)));
        let code: Vec<&str> = source
            .code
            .split(|it: char| !it.is_alphanumeric() && it != '_')
            .collect();
        let declared = code
            .windows(2)
            .filter(|pair| DECLARATIONS.contains(&pair[0]))
            .map(|pair| pair[1]);
        let declared = declared.filter(|name| is_empty_of_meaning(name));
        found.extend(declared.map(|name| format!("{}: {name}", source.path)));
    }
    assert!(found.is_empty(), "say what it is instead:\n{}", found.join("\n"));
}

#[test]
fn names_are_taken_apart_into_words() {
    assert_eq!(words("BatchLimits"), ["batch", "limits"]);
    assert_eq!(words("CLIENT_DEFAULTS"), ["client", "defaults"]);
    assert!(is_empty_of_meaning("TopicManager") && !is_empty_of_meaning("commonly_used"));
}

#[test]
fn a_test_is_named_by_what_it_shows() {
    let files = files_below("src", "rs").into_iter().chain(files_below("tests", "rs"));
    let files = files.filter(|path| path != "tests/house/names.rs");
    let named: Vec<_> = files.filter(|path| text_of(path).contains("fn test_")).collect();
    assert!(
        named.is_empty(),
        "names of tests are sentences without test_: {named:?}"
    );
}
