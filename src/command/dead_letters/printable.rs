//! Bytes of strangers as text that a terminal shows and does not obey.

use std::fmt::Write;

/// Characters that a terminal would act on, or that hide what is there: controls, separators, marks of direction,
/// and those without width.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// The text with every such character escaped.
pub(super) fn text(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        if is_harmful(character) {
            clean.extend(character.escape_default());
        } else {
            clean.push(character);
        }
    }
    clean
}

/// Bytes as text where they are text, and as hexadecimal digits where they are not.
pub(super) fn bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(valid) => text(valid),
        Err(_) => format!("0x{}", hex(bytes)),
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // writing to a text cannot fail
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// Lines of offset, sixteen bytes, and what of them is ASCII.
pub(super) fn dump(bytes: &[u8]) -> Vec<String> {
    let line = |(number, bytes): (usize, &[u8])| {
        let digits: Vec<String> = bytes.chunks(2).map(hex).collect();
        let ascii = bytes.iter().map(|byte| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        });
        format!(
            "{:08x}  {:<39}  {}",
            number * 16,
            digits.join(" "),
            ascii.collect::<String>()
        )
    };
    bytes.chunks(16).enumerate().map(line).collect()
}

/// JSON with such characters as escapes, which means the same: they stand nowhere but in texts.
pub(super) fn json(value: &serde_json::Value) -> String {
    let mut clean = String::new();
    let mut units = [0; 2];
    for character in format!("{value:#}").chars() {
        if character != '\n' && is_harmful(character) {
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(clean, "\\u{unit:04x}");
            }
        } else {
            clean.push(character);
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing_of_what_is_shown() {
        assert_eq!(text("a\x1b[2Jb\u{9b}1m\r\u{202e}ü"), r"a\u{1b}[2Jb\u{9b}1m\r\u{202e}ü");
        assert_eq!(bytes(b"\xff\x1b"), "0xff1b");
        assert_eq!(
            dump(b"\x1b[2Jabc"),
            ["00000000  1b5b 324a 6162 63                        .[2Jabc"]
        );
    }

    #[test]
    fn escaped_json_means_the_same() {
        let value = serde_json::json!({"a\u{9b}": "\u{1b}\u{202e}\u{e0001}ü\n"});
        let text = json(&value);
        assert!(!text.contains(['\u{9b}', '\u{1b}', '\u{202e}', '\u{e0001}']));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
