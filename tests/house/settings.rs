//! Settings that the program gives its clients by itself: the page on architecture names each with its value.

use crate::source::{Source, all, text_of};

/// Pairs such as `("linger.ms", "10")` in the lists of a file.
fn pairs(source: &Source) -> Vec<(String, String)> {
    let text = source.lines.join("\n");
    let pairs = text.split("(\"").skip(1).filter_map(|rest| {
        let (key, rest) = rest.split_once("\", \"")?;
        let (value, _) = rest.split_once("\")")?;
        let is_key = key.chars().all(|it| it.is_ascii_lowercase() || it == '.' || it == '_');
        is_key.then(|| (key.to_owned(), value.to_owned()))
    });
    pairs.collect()
}

#[test]
fn the_page_on_architecture_names_every_setting_of_the_clients_with_its_value() {
    let page = text_of("docs/architecture.md");
    let mut count = 0;
    for source in all() {
        if !["src/kafka/settings.rs", "src/store/connection.rs"].contains(&source.path.as_str()) {
            continue;
        }
        for (key, value) in pairs(&source) {
            count += 1;
            assert!(
                page.contains(&format!("`{key} = {value}`")),
                "{}: {key} = {value}",
                source.path
            );
        }
    }
    assert!(count > 30, "only {count} settings found");
}
