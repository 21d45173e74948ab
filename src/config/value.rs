//! A setting's value as its source gives it, and its reading as each kind of setting.
//!
//! The environment and flags only know text, so every reading accepts text. Each reading fails with a sentence
//! that says what would be right; [`Reader`](super::reader::Reader) adds the key and the origin.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml::de::DeValue;

use super::key::closest;
use super::size;

/// A value before it is judged. It has no `Debug`, since it may be a secret.
#[derive(Clone)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Float(String),
    Boolean(bool),
    List(Vec<Self>),
    Table,
    Time,
}

impl Value {
    /// From TOML. A table loses its content: no setting but `kafka.properties` is one, and that is taken apart
    /// before.
    pub(super) fn of_toml(value: &DeValue<'_>) -> Result<Self, String> {
        Ok(match value {
            DeValue::String(text) => Self::Text(text.clone().into_owned()),
            DeValue::Integer(digits) => Self::Integer(
                i64::from_str_radix(digits.as_str(), digits.radix())
                    .map_err(|_| "the number is too large".to_owned())?,
            ),
            DeValue::Float(digits) => Self::Float(digits.as_str().to_owned()),
            DeValue::Boolean(flag) => Self::Boolean(*flag),
            DeValue::Datetime(_) => Self::Time,
            DeValue::Array(items) => Self::List(
                items
                    .iter()
                    .map(|item| Self::of_toml(item.get_ref()))
                    .collect::<Result<_, _>>()?,
            ),
            DeValue::Table(_) => Self::Table,
        })
    }

    /// A text, taken raw.
    pub(super) fn text(&self) -> Result<&str, String> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Integer(_) | Self::Float(_) | Self::Boolean(_) | Self::Time => {
                Err(format!("expected a text, found {}: quote it", self.kind()))
            }
            Self::List(_) | Self::Table => Err(format!("expected a text, found {}", self.kind())),
        }
    }

    /// A list of texts; a text is read as TOML.
    pub(super) fn texts(&self) -> Result<Vec<String>, String> {
        let wanted = || r#"expected a list such as ["a", "b"]"#.to_owned();
        match self {
            Self::List(items) => items
                .iter()
                .map(|item| item.text().map(str::to_owned).map_err(|_| wanted()))
                .collect(),
            Self::Text(text) => {
                let parsed = DeValue::parse(text).map_err(|_| wanted())?;
                match Self::of_toml(parsed.get_ref())? {
                    list @ Self::List(_) => list.texts(),
                    _ => Err(wanted()),
                }
            }
            _ => Err(wanted()),
        }
    }

    /// A whole number within `range`.
    pub(super) fn count(&self, range: &RangeInclusive<usize>) -> Result<usize, String> {
        let number = match self {
            Self::Integer(number) => usize::try_from(*number).ok(),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        };
        number.filter(|number| range.contains(number)).ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            format!("expected a whole number from {least} to {most}, found {self}")
        })
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self) -> Result<bool, String> {
        match self {
            Self::Boolean(flag) => Ok(*flag),
            Self::Text(text) if text == "true" => Ok(true),
            Self::Text(text) if text == "false" => Ok(false),
            _ => Err(format!("expected true or false, found {self}")),
        }
    }

    /// A duration with its unit, such as `200ms`, within `range`.
    pub(super) fn duration(&self, range: &RangeInclusive<Duration>) -> Result<Duration, String> {
        let parsed = match self {
            Self::Text(text) => humantime::parse_duration(text).ok(),
            _ => None,
        };
        parsed.filter(|it| range.contains(it)).ok_or_else(|| {
            format!(
                "expected a duration with its unit (ms, s, m, h, d) from {} to {}, found {self}",
                shown(*range.start()),
                shown(*range.end())
            )
        })
    }

    /// A number of bytes within `range`: plain, or with a unit such as `256 KiB`.
    pub(super) fn size(&self, range: &RangeInclusive<usize>) -> Result<usize, String> {
        let parsed = match self {
            Self::Integer(number) => usize::try_from(*number).ok(),
            Self::Text(text) => size::parse(text),
            _ => None,
        };
        parsed.filter(|it| range.contains(it)).ok_or_else(|| {
            format!(
                "expected bytes, or a size such as \"256 KiB\" or \"4 MiB\", from {} to {}, found {self}",
                size::shown(*range.start()),
                size::shown(*range.end())
            )
        })
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&'static str, T)]) -> Result<T, String> {
        let words = || choices.iter().map(|(word, _)| *word);
        let listed = words().collect::<Vec<_>>().join(", ");
        let Self::Text(text) = self else {
            return Err(format!("expected one of {listed}, found {self}"));
        };
        let found = choices.iter().find(|(word, _)| word == text);
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            let nearest = closest(text, words()).unwrap_or_default();
            format!("expected one of {listed}; found `{text}`, the nearest is {nearest}")
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Boolean(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table => "a table",
            Self::Time => "a date or time",
        }
    }
}

/// As a user would write it; texts without quotes, but with them inside a list.
impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(formatter, "{text}"),
            Self::Integer(number) => write!(formatter, "{number}"),
            Self::Float(digits) => write!(formatter, "{digits}"),
            Self::Boolean(flag) => write!(formatter, "{flag}"),
            Self::List(items) => {
                let written = items.iter().map(|item| match item {
                    Self::Text(text) => format!("{text:?}"),
                    other => other.to_string(),
                });
                write!(formatter, "[{}]", written.collect::<Vec<_>>().join(", "))
            }
            Self::Table | Self::Time => write!(formatter, "{}", self.kind()),
        }
    }
}

/// In days where it is whole days: humantime would write 3650 days as years and months.
fn shown(duration: Duration) -> String {
    const DAY_SECONDS: u64 = 24 * 60 * 60;
    let days = duration.as_secs() / DAY_SECONDS;
    if days > 0 && duration == Duration::from_secs(days * DAY_SECONDS) {
        return format!("{days}d");
    }
    humantime::format_duration(duration).to_string()
}
