//! `config/default.toml` as documentation: every key with its default and what is written above it.

/// The reference itself; the program's defaults are read from this text.
pub(super) const DEFAULT: &str = include_str!("../../config/default.toml");

/// What the reference says of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDoc {
    /// Such as `batch.max_wait`.
    pub key: String,
    /// As written in TOML, such as `"200ms"` with its quotes.
    pub default: String,
    /// The comment above the key, its lines joined by line feeds.
    pub doc: String,
}

/// Every key in the order of the file.
#[must_use]
pub fn reference() -> Vec<KeyDoc> {
    let mut docs = Vec::new();
    let mut section = String::new();
    let mut comment: Vec<&str> = Vec::new();
    for line in DEFAULT.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some((name, default)) = line.split_once(" = ") {
            docs.push(KeyDoc {
                key: format!("{section}.{name}"),
                default: default.to_owned(),
                doc: comment.join("\n"),
            });
        }
        comment.clear();
    }
    docs
}
