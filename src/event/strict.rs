//! What RFC 8259 text that passed the parser must still show: no lone surrogate, no nesting deeper than 127.
//! `serde_json` looks at neither inside a value that it skips.

/// Objects and arrays inside one another, the outermost counted: as deep as `serde_json` itself reads.
const MAX_DEPTH: usize = 127;

/// Says what is wrong. The text must have passed a JSON parser.
pub(super) fn check(text: &str) -> Result<(), &'static str> {
    let bytes = text.as_bytes();
    let brackets = bytes.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    // almost every record: nothing that could be wrong
    if brackets <= MAX_DEPTH && !bytes.contains(&b'\\') {
        return Ok(());
    }
    let mut depth = 0_usize;
    let mut rest = bytes.iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => string(&mut rest)?,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err("nested deeper than 127");
        }
    }
    Ok(())
}

/// Goes to the end of a string, and sees that each high surrogate is followed by a low one and no low one stands alone.
fn string(rest: &mut impl Iterator<Item = u8>) -> Result<(), &'static str> {
    const LONE: Result<(), &str> = Err("a string has a lone surrogate");
    let mut high = false;
    loop {
        let unit = match rest.next() {
            Some(b'\\') => escape(rest),
            Some(b'"') | None => return if high { LONE } else { Ok(()) },
            Some(_) => 0,
        };
        high = match (high, unit) {
            (true, 0xdc00..=0xdfff) => false,
            (true, _) | (false, 0xdc00..=0xdfff) => return LONE,
            (false, _) => matches!(unit, 0xd800..=0xdbff),
        };
    }
}

/// The UTF-16 unit that an escape stands for, 0 for the short ones.
fn escape(rest: &mut impl Iterator<Item = u8>) -> u32 {
    if rest.next() != Some(b'u') {
        return 0;
    }
    rest.take(4)
        .filter_map(|digit| char::from(digit).to_digit(16))
        .fold(0, |unit, digit| unit * 16 + digit)
}
