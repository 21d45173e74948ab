//! Log lines on stderr: as text for a person at a terminal, as JSON for machines.

use std::io::IsTerminal;
use std::str::FromStr;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::SetGlobalDefaultError;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

/// The setting `log.format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// One JSON object a line.
    Json,
    /// One line of text an event.
    Text,
}

impl FromStr for Format {
    type Err = LoggingError;

    fn from_str(text: &str) -> Result<Self, LoggingError> {
        match text {
            "auto" => Ok(Self::Auto),
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            _ => Err(LoggingError::Format(text.to_owned())),
        }
    }
}

/// Why nothing can be logged.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// No such format.
    #[error("`log.format` cannot be `{0}`; it is auto, json or text")]
    Format(String),
    /// A part of `log.level` that is no level and names no target.
    #[error("`log.level` cannot hold `{0}`; {ALLOWED}")]
    Level(String),
    /// A directive that is not understood.
    #[error("`log.level` cannot be `{level}` ({source}); {ALLOWED}")]
    Directive {
        /// The setting.
        level: String,
        /// What is wrong with it.
        source: ParseError,
    },
    /// Something else logs already in this process.
    #[error("log lines have a receiver already: {0}")]
    Taken(#[from] SetGlobalDefaultError),
}

const ALLOWED: &str = "it is off, error, warn, info, debug or trace, \
    and `target=level` for parts of the program, separated by commas";

/// Sends every log line of this process to stderr, once in its life.
pub fn install(format: Format, level: &str) -> Result<(), LoggingError> {
    let filter = filter(level)?;
    let terminal = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if format == Format::Json || (format == Format::Auto && !terminal) {
        let lines = builder.json().flatten_event(true).with_current_span(false).finish();
        tracing::subscriber::set_global_default(lines)?;
    } else {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let lines = builder.with_ansi(terminal && !plain).finish();
        tracing::subscriber::set_global_default(lines)?;
    }
    Ok(())
}

/// Checks `log.level` and makes a filter of it.
pub fn filter(level: &str) -> Result<EnvFilter, LoggingError> {
    // a lone word that is no level would be taken as the name of a target, and nothing else would be logged
    for directive in level.split(',').map(str::trim) {
        let names_target = directive.contains(['=', '[', ']', '{', '}']);
        // an empty one would be taken as `error`
        let is_level = !directive.is_empty() && LevelFilter::from_str(directive).is_ok();
        if !names_target && !is_level {
            return Err(LoggingError::Level(directive.to_owned()));
        }
    }
    EnvFilter::builder()
        .parse(level)
        .map_err(|source| LoggingError::Directive {
            level: level.to_owned(),
            source,
        })
}
