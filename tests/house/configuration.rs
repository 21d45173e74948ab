//! `docs/configuration.md` is made from `config/default.toml`; settings that other pages name exist.

use crate::page;
use crate::source::{files_below, text_of};
use audiohm_ingest::config::reference;
use std::fmt::Write;

#[test]
fn the_page_on_configuration_is_the_reference() {
    let mut text = String::new();
    let mut section = String::new();
    for doc in reference() {
        let (of, _) = doc.key.split_once('.').expect("a key has a section");
        if of != section {
            section = of.to_owned();
            let _ = write!(
                text,
                "\n## `[{section}]`\n\n| key | default | meaning |\n|---|---|---|\n"
            );
        }
        let meaning = doc.doc.replace('\n', " ").replace('|', "\\|");
        let _ = writeln!(text, "| `{}` | `{}` | {meaning} |", doc.key, doc.default);
    }
    page::hold("docs/configuration.md", "settings", &text);
}

#[test]
fn every_setting_that_a_page_names_exists() {
    let known: Vec<String> = reference().into_iter().map(|doc| doc.key).collect();
    let sections: Vec<&str> = known.iter().filter_map(|key| Some(key.split_once('.')?.0)).collect();
    let pages = files_below("docs", "md").into_iter().chain(["README.md".to_owned()]);
    for path in pages {
        let text = text_of(&path);
        let quoted = text.split('`').skip(1).step_by(2);
        for word in quoted {
            let name: &str = word.split([' ', '=']).next().unwrap_or_default();
            let Some((section, key)) = name.split_once('.') else {
                continue;
            };
            let looks_like_a_key = !key.is_empty() && key.chars().all(|it| it.is_ascii_lowercase() || it == '_');
            // files, tables and fields have dots as well
            let is_other = ["rs", "md", "toml", "progress", "id"].contains(&key) || !sections.contains(&section);
            assert!(
                !looks_like_a_key || is_other || known.iter().any(|known| known == name),
                "{path} names the setting {name}"
            );
        }
    }
}
