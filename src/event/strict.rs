//! What a text that passed the JSON parser must still show: no lone surrogate, no nesting deeper than 127.
//! `serde_json` looks at neither inside a value that it skips.

/// Objects and arrays inside one another, the outermost counted: as deep as `serde_json` itself reads.
const MAX_DEPTH: usize = 127;

/// Says what is wrong. The text must have passed a JSON parser.
pub(super) fn check(text: &str) -> Result<(), &'static str> {
    let bytes = text.as_bytes();
    // brackets are counted first, since almost no record has enough of them to nest too deep
    if opening_brackets(bytes) > MAX_DEPTH && nests_too_deep(bytes) {
        return Err("nested deeper than 127");
    }
    if bytes.contains(&b'\\') && has_lone_surrogate(bytes) {
        return Err("a string has a lone surrogate");
    }
    Ok(())
}

/// Opening brackets, those in strings too. Sums of bytes, so that the compiler can take many at once.
fn opening_brackets(bytes: &[u8]) -> usize {
    let in_chunk = |chunk: &[u8]| -> u8 { chunk.iter().map(|byte| u8::from(matches!(byte, b'[' | b'{'))).sum() };
    bytes
        .chunks(usize::from(u8::MAX))
        .map(|chunk| usize::from(in_chunk(chunk)))
        .sum()
}

/// Follows the brackets outside of strings.
fn nests_too_deep(bytes: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => in_string = !in_string,
            // what is escaped ends no string
            b'\\' => drop(rest.next()),
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

/// Goes from backslash to backslash, which stand in strings only: a high surrogate must have a low one right behind it,
/// and a low one must have a high one before it.
fn has_lone_surrogate(mut rest: &[u8]) -> bool {
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = rest.get(at..).unwrap_or_default();
        rest = match unicode_escape(escape) {
            Some((0xdc00..=0xdfff, _)) => return true,
            Some((0xd800..=0xdbff, behind)) => match unicode_escape(behind) {
                Some((0xdc00..=0xdfff, behind)) => behind,
                _ => return true,
            },
            Some((_, behind)) => behind,
            None => escape.get(2..).unwrap_or_default(),
        };
    }
    false
}

/// The UTF-16 unit of an escape that the text begins with, and what is behind it; none for another escape.
fn unicode_escape(text: &[u8]) -> Option<(u32, &[u8])> {
    let [b'\\', b'u', a, b, c, d, behind @ ..] = text else {
        return None;
    };
    let digits = [a, b, c, d].into_iter().map(|digit| char::from(*digit).to_digit(16));
    let unit = digits.flatten().fold(0, |unit, digit| unit * 16 + digit);
    Some((unit, behind))
}
