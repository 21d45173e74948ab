//! How the program ends: one code for each thing that a script may want to tell apart.

use crate::kafka::ClientError;
use crate::pipeline::{self, FailureKind, SourceError};
use std::fmt;
use std::io;
use std::process::ExitCode;

/// The codes, as in sysexits where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// What was asked for could not be done.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The broker or the database is unavailable.
    Unavailable = 69,
    /// The Kafka client, or this program itself, cannot go on.
    Fatal = 70,
    /// A replay was paused and can be resumed.
    Paused = 75,
    /// The settings are wrong.
    Configuration = 78,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed: the code, and a message for a person.
#[derive(Debug)]
pub struct Failure {
    /// The code.
    pub exit: Exit,
    /// The message, without a line feed at its end.
    pub message: String,
}

impl Failure {
    /// A failure with this code; the message is the error's, followed by its causes.
    pub fn new(exit: Exit, error: impl fmt::Display) -> Self {
        Self {
            exit,
            message: error.to_string(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// A result could not be printed.
#[expect(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
pub(super) fn print_failed(error: io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("the result could not be printed: {error}"))
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::new(Exit::Unavailable, error)
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let exit = match &error {
            ClientError::Settings(_) | ClientError::TopicName(_) => Exit::Configuration,
            ClientError::Broker(_) | ClientError::Unreachable(_) | ClientError::Delivery { .. } => Exit::Unavailable,
            ClientError::Thread(_) | ClientError::Topic { .. } => Exit::Failed,
        };
        Self::new(exit, error)
    }
}

impl From<pipeline::Failure> for Failure {
    fn from(failure: pipeline::Failure) -> Self {
        match failure.kind {
            FailureKind::Fenced | FailureKind::Defect => {
                Self::new(Exit::Failed, format!("the database refused: {failure}"))
            }
            FailureKind::Contention | FailureKind::Connection | FailureKind::ReadOnly | FailureKind::Outage => {
                Self::new(Exit::Unavailable, format!("the database is not available: {failure}"))
            }
        }
    }
}
