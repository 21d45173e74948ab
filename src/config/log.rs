//! `[log]`: what is logged, and how it looks.

use super::key::closest;
use super::reader::Reader;
use super::value::Value;

/// Logs on stderr.
#[derive(Debug, Clone)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// A level, or levels per target, as `tracing_subscriber`'s `EnvFilter` reads them.
    pub level: String,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// One object per line.
    Json,
    /// For people.
    Text,
}

const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

impl Log {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let format = reader.read("log.format", |it| {
            it.choice(&[
                ("auto", LogFormat::Auto),
                ("json", LogFormat::Json),
                ("text", LogFormat::Text),
            ])
        });
        let level = reader.read("log.level", level);
        Some(Self {
            format: format?,
            level: level?,
        })
    }
}

/// `LEVEL` or `TARGET=LEVEL`, several with commas between them.
fn level(value: &Value) -> Result<String, String> {
    let text = value.text()?;
    for directive in text.split(',') {
        let level = match directive.split_once('=') {
            Some((target, level)) if !target.trim().is_empty() => level,
            _ => directive,
        };
        if !LEVELS.contains(&level.trim().to_ascii_lowercase().as_str()) {
            return Err(format!(
                "expected one of {}, or TARGET=LEVEL with commas between several; found `{text}`, the nearest is {}",
                LEVELS.join(", "),
                closest(level, LEVELS.into_iter()).unwrap_or_default()
            ));
        }
    }
    Ok(text.to_owned())
}
