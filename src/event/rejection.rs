//! Why a record did not become a row: the closed set of reasons, and the line that says which field and what about it.

use super::Kind;
use std::fmt;

/// Reason of a dead letter. Metrics, the table and the commands use the same words.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Not one JSON object in valid UTF-8.
    InvalidJson,
    /// A required field is absent or null.
    MissingField,
    /// A known field has a value that it cannot have.
    InvalidField,
    /// The type is none of ours.
    UnknownType,
    /// The type is ours, the version is not.
    UnsupportedVersion,
    /// A valid time outside the bounds.
    TimeOutOfRange,
    /// The value is longer than the limit.
    TooLarge,
    /// The user does not exist.
    UnknownUser,
    /// The track does not exist.
    UnknownTrack,
    /// The play id belongs to another play.
    IdConflict,
    /// The database refused the row for its data.
    RejectedByDatabase,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::InvalidJson,
        Self::MissingField,
        Self::InvalidField,
        Self::UnknownType,
        Self::UnsupportedVersion,
        Self::TimeOutOfRange,
        Self::TooLarge,
        Self::UnknownUser,
        Self::UnknownTrack,
        Self::IdConflict,
        Self::RejectedByDatabase,
    ];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidJson => "invalid_json",
            Self::MissingField => "missing_field",
            Self::InvalidField => "invalid_field",
            Self::UnknownType => "unknown_type",
            Self::UnsupportedVersion => "unsupported_version",
            Self::TimeOutOfRange => "time_out_of_range",
            Self::TooLarge => "too_large",
            Self::UnknownUser => "unknown_user",
            Self::UnknownTrack => "unknown_track",
            Self::IdConflict => "id_conflict",
            Self::RejectedByDatabase => "rejected_by_database",
        }
    }

    /// The reason that the word stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A record that gives no row, and why. Its bytes stay with the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The reason that comes first.
    pub reason: Reason,
    /// `FIELD: what is wrong with it`, one line of at most 1 KiB without control characters.
    pub detail: String,
    /// The event's kind as far as it could be told.
    pub kind: Kind,
}

impl Rejection {
    /// Longest detail in bytes.
    pub const MAX_DETAIL: usize = 1_024;

    /// The detail may quote anything: it is made one clean line here, and cut.
    #[must_use]
    pub fn new(reason: Reason, kind: Kind, detail: &str) -> Self {
        Self {
            reason,
            detail: one_line(detail),
            kind,
        }
    }

    /// For a field of an event whose kind is not told yet.
    pub(super) fn of_field(reason: Reason, field: &str, what: impl fmt::Display) -> Self {
        Self::new(reason, Kind::Unknown, &format!("{field}: {what}"))
    }

    /// With the kind, once it is known.
    pub(super) fn of_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }
}

/// Escapes what would break a line or hide in it, and cuts between two characters.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(Rejection::MAX_DETAIL));
    for character in text.chars() {
        let before = line.len();
        if breaks_lines(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
        if line.len() > Rejection::MAX_DETAIL {
            line.truncate(before);
            break;
        }
    }
    line
}

/// Control characters (NUL, which PostgreSQL refuses, among them), line separators, and marks that turn the direction.
fn breaks_lines(character: char) -> bool {
    let separates = matches!(character, '\u{2028}' | '\u{2029}');
    let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || separates || turns
}

/// A value in a detail: enough of it to be found again.
pub(super) fn quoted(text: &str) -> String {
    const ENOUGH: usize = 64;
    match text.char_indices().nth(ENOUGH) {
        Some((end, _)) => format!("\"{}…\"", text.get(..end).unwrap_or_default()),
        None => format!("\"{text}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_is_one_clean_line() {
        let rejection = Rejection::new(Reason::InvalidField, Kind::Play, "a\0b\nc\u{85}d\u{2028}e\u{202e}é\"");
        assert_eq!(rejection.detail, r#"a\u{0}b\nc\u{85}d\u{2028}e\u{202e}é""#);
    }

    #[test]
    fn a_long_detail_is_cut_between_characters() {
        let whole = format!("x{}", "é".repeat(600));
        let rejection = Rejection::new(Reason::InvalidField, Kind::Play, &whole);
        assert_eq!(rejection.detail.len(), 1_023);
        assert!(whole.starts_with(&rejection.detail));
    }

    #[test]
    fn an_escape_is_never_cut_in_two() {
        let rejection = Rejection::new(Reason::InvalidField, Kind::Play, &format!("xy{}", "\0".repeat(600)));
        assert!(rejection.detail.ends_with(r"\u{0}"));
        assert!(rejection.detail.len() <= Rejection::MAX_DETAIL);
    }

    #[test]
    fn every_reason_is_read_back_from_its_word() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(reason));
        }
        assert_eq!(Reason::parse("Invalid_Json"), None);
    }
}
