//! The files under `src/`, as the other modules look at them.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the program, tests left out.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the root of the repository on, with `/`.
    pub(crate) path: String,
    /// Names of the modules that lead to it, the room first; `main` and `lib` for the two roots.
    pub(crate) modules: Vec<String>,
    /// What the compiler sees without `cfg(test)`, line by line.
    pub(crate) lines: Vec<String>,
    /// The same without comments and without what stands in quotes.
    pub(crate) code: String,
}

impl Source {
    pub(crate) fn room(&self) -> &str {
        &self.modules[0]
    }
}

/// Every file of the program in the order of the paths, tests left out: `tests.rs`, files under `tests/`, `mod tests`.
pub(crate) fn all() -> Vec<Source> {
    let mut sources: Vec<_> = files_below("src", "rs")
        .into_iter()
        .filter(|path| !path.ends_with("/tests.rs") && !path.contains("/tests/"))
        .map(read)
        .collect();
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(sources.len() > 100, "only {} files under src", sources.len());
    sources
}

fn read(path: String) -> Source {
    let text = text_of(&path);
    let inline_tests = text.find("\n#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let text = &text[..inline_tests];
    Source {
        modules: modules_of(&path),
        lines: text.lines().map(str::to_owned).collect(),
        code: without_comments_and_texts(text),
        path,
    }
}

fn modules_of(path: &str) -> Vec<String> {
    let below = path.strip_prefix("src/").unwrap_or(path);
    let name = below.strip_suffix(".rs").unwrap_or(below);
    let name = name.strip_suffix("/mod").unwrap_or(name);
    name.split('/').map(str::to_owned).collect()
}

/// The text of a file of the repository.
pub(crate) fn text_of(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Paths of the files with this ending, however deep.
pub(crate) fn files_below(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == ending) {
                found.push(relative(&path));
            }
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    let below = path.strip_prefix(root()).expect("a path of the repository");
    below.to_string_lossy().replace('\\', "/")
}

/// Leaves line feeds where they are, so that lines keep their numbers.
fn without_comments_and_texts(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if let Some(length) = length_of_text(rest, code.chars().next_back()) {
            code.push_str("\"\"");
            length
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        code.extend(rest[..length].chars().filter(|character| *character == '\n'));
        rest = &rest[length..];
    }
    code
}

/// The length of a string or character that the text begins with. A lifetime is neither.
fn length_of_text(text: &str, before: Option<char>) -> Option<usize> {
    if text.starts_with("r\"") || text.starts_with("r#") {
        let in_a_word = before.is_some_and(|before| before.is_alphanumeric() && before != 'b' || before == '_');
        let hashes = text[1..].bytes().take_while(|byte| *byte == b'#').count();
        if in_a_word || !text[1 + hashes..].starts_with('"') {
            return None;
        }
        let end = format!("\"{}", "#".repeat(hashes));
        let start = 2 + hashes;
        return Some(text[start..].find(&end).map_or(text.len(), |at| start + at + end.len()));
    }
    let quote = text.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    let mut characters = text.char_indices().skip(1);
    let mut inside = 0;
    while let Some((at, character)) = characters.next() {
        inside += 1;
        if character == quote {
            return Some(at + 1);
        }
        if character == '\\' {
            characters.next();
            // an escape is longer than one character, and a lifetime has none
            inside = if quote == '\'' { -8 } else { inside };
        }
        if quote == '\'' && inside > 1 {
            return None;
        }
    }
    None
}

#[test]
fn comments_and_quoted_texts_are_not_code() {
    let text = "let a = \"x // \\\" y\"; // b\nfn f<'a>(c: char) -> bool { c == '\"' || c == '\\'' || c == '\\u{1}' }\n\
                let d = r#\"e\"f\"#; /* g\nh */ let i = 'j';";
    let code = "let a = \"\"; \nfn f<'a>(c: char) -> bool { c == \"\" || c == \"\" || c == \"\" }\n\
                let d = \"\"; \n let i = \"\";";
    assert_eq!(without_comments_and_texts(text), code);
}
