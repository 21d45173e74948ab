//! One field of an event, and how it is judged: what it may hold, and the rejection for what it may not.
//!
//! Whole numbers are digits with at most a minus before them: `30.0` and `3e1` are none, `-0` is zero.

use super::id::hyphenated;
use super::rejection::quoted;
use super::time::{Bounds, Timestamp};
use super::{Reason, Rejection};
use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;
use uuid::Uuid;

/// What the record holds for a field, unread.
#[derive(Copy, Clone, Debug)]
enum Raw<'a> {
    Absent,
    /// A JSON value that passed the parser.
    Json(&'a str),
    /// The value of a header, which is always a text.
    Header(&'a [u8]),
}

/// A field: its name, and what the record holds for it.
#[derive(Copy, Clone, Debug)]
pub(super) struct Slot<'a> {
    name: &'static str,
    raw: Raw<'a>,
    repeated: bool,
}

/// A JSON value that is there. `null` counts as absent.
enum Value<'a> {
    Flag(bool),
    Number(&'a str),
    Text(Cow<'a, str>),
    Nested(&'a str),
}

impl<'a> Slot<'a> {
    /// A field that the record does not hold.
    pub(super) const fn absent(name: &'static str) -> Self {
        Self {
            name,
            raw: Raw::Absent,
            repeated: false,
        }
    }

    /// Holds a JSON value now; a second one makes the field invalid.
    pub(super) fn put_json(&mut self, json: &'a str) {
        self.put(Raw::Json(json));
    }

    /// Holds a header's value now; a second one makes the field invalid.
    pub(super) fn put_header(&mut self, text: &'a [u8]) {
        self.put(Raw::Header(text));
    }

    fn put(&mut self, raw: Raw<'a>) {
        self.repeated |= !matches!(self.raw, Raw::Absent);
        self.raw = raw;
    }

    /// Whatever `judge` makes of the field, which must be there.
    pub(super) fn required<T>(
        &self,
        judge: impl FnOnce(&Self) -> Result<Option<T>, Rejection>,
    ) -> Result<T, Rejection> {
        judge(self)?.ok_or_else(|| self.missing())
    }

    /// A UUID.
    pub(super) fn uuid(&self) -> Result<Option<Uuid>, Rejection> {
        self.map_text(|text| {
            hyphenated(text).ok_or_else(|| self.invalid(format_args!("{} is no hyphenated UUID", quoted(text))))
        })
    }

    /// A time within the bounds: RFC 3339, or a whole number of milliseconds.
    pub(super) fn time(&self, bounds: Bounds) -> Result<Option<Timestamp>, Rejection> {
        const FORMS: &str = "is neither an RFC 3339 time with an offset nor whole milliseconds since 1970";
        let (time, given) = match self.value()? {
            None => return Ok(None),
            Some(Value::Text(text)) => {
                let time = Timestamp::from_rfc3339(&text)
                    .ok_or_else(|| self.invalid(format_args!("{} {FORMS}", quoted(&text))))?;
                (Some(time), text)
            }
            Some(Value::Number(digits)) => {
                let millis =
                    whole_number(digits).ok_or_else(|| self.invalid(format_args!("{} {FORMS}", quoted(digits))))?;
                (Timestamp::from_millis(millis), Cow::Borrowed(digits))
            }
            Some(Value::Flag(_) | Value::Nested(_)) => return Err(self.invalid(FORMS)),
        };
        time.filter(|time| bounds.contain(*time)).map(Some).ok_or_else(|| {
            self.fault(
                Reason::TimeOutOfRange,
                format_args!("{} is outside {bounds}", quoted(&given)),
            )
        })
    }

    /// A whole number in the range.
    pub(super) fn whole(&self, range: &RangeInclusive<i32>) -> Result<Option<i32>, Rejection> {
        let Some(number) = self.number()? else { return Ok(None) };
        match i32::try_from(number).ok().filter(|number| range.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(self.invalid(format_args!("not within {} to {}", range.start(), range.end()))),
        }
    }

    /// A whole number; one that is too large for `i64` counts as its largest.
    pub(super) fn number(&self) -> Result<Option<i64>, Rejection> {
        match self.value()? {
            None => Ok(None),
            Some(Value::Number(digits)) => match whole_number(digits) {
                Some(number) => Ok(Some(number)),
                None => Err(self.invalid(format_args!("{} is no whole number", quoted(digits)))),
            },
            Some(_) => Err(self.invalid("not a whole number")),
        }
    }

    /// True or false.
    pub(super) fn flag(&self) -> Result<Option<bool>, Rejection> {
        match self.value()? {
            None => Ok(None),
            Some(Value::Flag(flag)) => Ok(Some(flag)),
            Some(_) => Err(self.invalid("neither true nor false")),
        }
    }

    /// A text that PostgreSQL can hold, of at most so many characters. It is a user's own, so no detail quotes it.
    pub(super) fn short_text(&self, max_characters: usize) -> Result<Option<Box<str>>, Rejection> {
        let Some(text) = self.clean_text()? else {
            return Ok(None);
        };
        // no text has more characters than bytes
        if text.len() > max_characters && text.chars().count() > max_characters {
            return Err(self.invalid(format_args!("longer than {max_characters} characters")));
        }
        Ok(Some(text.into()))
    }

    /// A text without NUL.
    pub(super) fn clean_text(&self) -> Result<Option<Cow<'a, str>>, Rejection> {
        match self.text()? {
            Some(text) if text.contains('\0') => Err(self.invalid("has a NUL character")),
            text => Ok(text),
        }
    }

    /// Any text.
    pub(super) fn text(&self) -> Result<Option<Cow<'a, str>>, Rejection> {
        match self.value()? {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.invalid("not a text")),
        }
    }

    /// What `judge` makes of the text, if there is one.
    pub(super) fn map_text<T>(&self, judge: impl FnOnce(&str) -> Result<T, Rejection>) -> Result<Option<T>, Rejection> {
        self.text()?.map(|text| judge(&text)).transpose()
    }

    /// An object, as its JSON text.
    pub(super) fn object(&self) -> Result<Option<&'a str>, Rejection> {
        match self.value()? {
            None => Ok(None),
            Some(Value::Nested(json)) if json.starts_with('{') => Ok(Some(json)),
            Some(_) => Err(self.invalid("not an object")),
        }
    }

    /// The rejection for a field that is required and not there.
    pub(super) fn missing(&self) -> Rejection {
        self.fault(Reason::MissingField, "required, and absent or null")
    }

    /// The rejection for a field that holds what it must not hold.
    pub(super) fn invalid(&self, what: impl fmt::Display) -> Rejection {
        self.fault(Reason::InvalidField, what)
    }

    /// A rejection that names the field.
    pub(super) fn fault(&self, reason: Reason, what: impl fmt::Display) -> Rejection {
        Rejection::of_field(reason, self.name, what)
    }

    fn value(&self) -> Result<Option<Value<'a>>, Rejection> {
        if self.repeated {
            return Err(self.invalid("given twice"));
        }
        match self.raw {
            Raw::Absent => Ok(None),
            Raw::Header(bytes) => {
                let text = std::str::from_utf8(bytes).map_err(|error| self.invalid(error))?;
                Ok(Some(Value::Text(Cow::Borrowed(text))))
            }
            Raw::Json(json) => match json.as_bytes().first() {
                Some(b'n') => Ok(None),
                Some(b't') => Ok(Some(Value::Flag(true))),
                Some(b'f') => Ok(Some(Value::Flag(false))),
                Some(b'[' | b'{') => Ok(Some(Value::Nested(json))),
                Some(b'"') => self.unescaped(json).map(|text| Some(Value::Text(text))),
                _ => Ok(Some(Value::Number(json))),
            },
        }
    }

    /// A JSON string's text: borrowed where nothing in it is escaped, as in almost every record.
    fn unescaped(&self, json: &'a str) -> Result<Cow<'a, str>, Rejection> {
        let bare = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match bare.filter(|text| !text.as_bytes().contains(&b'\\')) {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => serde_json::from_str(json)
                .map(Cow::Owned)
                .map_err(|error| self.invalid(error)),
        }
    }
}

/// A JSON number that is whole and within a double; `i64`'s ends stand for what lies beyond them.
fn whole_number(json: &str) -> Option<i64> {
    let digits = json.strip_prefix('-').unwrap_or(json);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    json.parse().ok().or_else(|| {
        let nearest: f64 = json.parse().ok()?;
        nearest
            .is_finite()
            .then_some(if nearest < 0.0 { i64::MIN } else { i64::MAX })
    })
}
