//! The `options` parameter: `-c name=value` and `--name=value`, as PostgreSQL reads them.

/// Pairs of name and value in the order given.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    let mut words = words(text).into_iter();
    while let Some(word) = words.next() {
        let assignment = if word == "-c" {
            words.next()
        } else {
            let short = word.strip_prefix("--").or_else(|| word.strip_prefix("-c"));
            short.map(str::to_owned)
        };
        let pair = assignment.as_deref().and_then(|it| it.split_once('='));
        let Some((name, value)) = pair.filter(|(name, _)| !name.is_empty()) else {
            return Err("options takes -c name=value or --name=value, several with spaces between them".to_owned());
        };
        pairs.push((name.replace('-', "_"), value.to_owned()));
    }
    Ok(pairs)
}

/// Split at white space; a backslash makes the next character an ordinary one.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character.is_ascii_whitespace() {
            words.extend(word.take());
            continue;
        }
        let plain = match character {
            '\\' => characters.next(),
            other => Some(other),
        };
        word.get_or_insert_default().extend(plain);
    }
    words.extend(word);
    words
}
