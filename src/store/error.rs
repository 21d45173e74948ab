//! What may go wrong with PostgreSQL, and what follows from it: the one table of SQLSTATE codes.

use crate::batch::Refusal;
use crate::pipeline::{Failure, FailureKind, Receipt};

/// What follows from an error of PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// A row is bad: it becomes a dead letter, and the others are stored without it.
    Isolate,
    /// No record is at fault: the same batch again, in a way that depends on the kind.
    Retry(FailureKind),
}

/// The policy for an error with this SQLSTATE.
#[must_use]
pub fn policy(sqlstate: &str) -> Policy {
    match sqlstate {
        // cardinality_violation (a key twice in one upsert, which folding excludes) and in_failed_sql_transaction
        // (somebody went on after an error): this program is wrong
        "21000" | "25P02" => Policy::Retry(FailureKind::Defect),
        // duplicate_prepared_statement, feature_not_supported (a cached plan whose result changed),
        // invalid_sql_statement_name, idle_in_transaction_session_timeout
        "42P05" | "0A000" | "26000" | "25P03" => Policy::Retry(FailureKind::Connection),
        // read_only_sql_transaction: connected to what is a standby now
        "25006" => Policy::Retry(FailureKind::ReadOnly),
        // serialization_failure, deadlock_detected, lock_not_available, query_canceled
        "40001" | "40P01" | "55P03" | "57014" => Policy::Retry(FailureKind::Contention),
        // with_check_option_violation, program_limit_exceeded, statement_too_complex, raise_exception
        "44000" | "54000" | "54001" | "P0001" => Policy::Isolate,
        _ => match sqlstate.get(..2).unwrap_or_default() {
            // data_exception, integrity_constraint_violation
            "22" | "23" => Policy::Isolate,
            // syntax error or access rule violation, invalid authorization
            "42" | "28" => Policy::Retry(FailureKind::Defect),
            // connection exceptions, insufficient resources, operator intervention, and whatever is unknown:
            // waiting loses nothing, while blaming a record might
            _ => Policy::Retry(FailureKind::Outage),
        },
    }
}

/// A batch was not stored, as far as is known.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// PostgreSQL said no, or nothing.
    #[error("{}", reason(.0))]
    Database(#[from] sqlx::Error),
    /// The answer to the COMMIT is missing: the batch may be stored, and then this is its receipt.
    #[error("no answer to the commit: {}", reason(.1))]
    Unanswered(Box<Receipt>, #[source] sqlx::Error),
    /// Another worker has taken over a partition of the batch.
    #[error("another worker has taken over a partition of the batch")]
    Fenced,
    /// A COPY succeeded and left rows out.
    #[error(
        "the database left out rows of listening_history without an error: a trigger drops them; remove it, or have it raise"
    )]
    Swallowed,
    /// Concurrent transactions kept changing the same rows.
    #[error("other transactions kept changing the same rows")]
    Unsettled,
}

impl WriteError {
    /// What it means that the COMMIT failed. A constraint that is checked only then, or a conflict, is an answer: the
    /// transaction is rolled back. Anything else may have come after the commit.
    pub(super) fn at_commit(receipt: Receipt, error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        let is_answer =
            code.is_some_and(|code| matches!(policy(&code), Policy::Isolate | Policy::Retry(FailureKind::Contention)));
        if is_answer {
            Self::Database(error)
        } else {
            Self::Unanswered(Box::new(receipt), error)
        }
    }

    /// Why the database refused a row, if the failure is a row's.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        let Self::Database(sqlx::Error::Database(error)) = self else {
            return None;
        };
        let sqlstate = error
            .code()
            .filter(|code| policy(code) == Policy::Isolate)?
            .into_owned();
        let constraint = error
            .constraint()
            .map(|name| format!(" (constraint {name})"))
            .unwrap_or_default();
        Some(Refusal {
            sqlstate,
            detail: format!("{}{constraint}", error.message()),
        })
    }
}

impl From<&WriteError> for Failure {
    fn from(error: &WriteError) -> Self {
        let kind = match error {
            WriteError::Database(error) => kind(error),
            WriteError::Unanswered(..) => FailureKind::Connection,
            WriteError::Fenced => FailureKind::Fenced,
            WriteError::Unsettled => FailureKind::Contention,
            WriteError::Swallowed => FailureKind::Defect,
        };
        Self {
            kind,
            message: error.to_string(),
        }
    }
}

/// What follows from a failure of sqlx outside a batch's rows.
#[must_use]
pub fn failure(error: &sqlx::Error) -> Failure {
    Failure {
        kind: kind(error),
        message: reason(error),
    }
}

/// What went wrong, in words: the server's own sentence where it said one. The driver's would end in the line of
/// PostgreSQL's source, which looks like a line of the reader's own SQL.
#[must_use]
pub fn reason(error: &sqlx::Error) -> String {
    error
        .as_database_error()
        .map_or_else(|| error.to_string(), |refusal| refusal.message().to_owned())
}

fn kind(error: &sqlx::Error) -> FailureKind {
    match error {
        sqlx::Error::Database(error) => match error.code().map(|code| policy(&code)) {
            Some(Policy::Retry(kind)) => kind,
            // outside the rows no record can be to blame
            Some(Policy::Isolate) => FailureKind::Defect,
            None => FailureKind::Outage,
        },
        sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => FailureKind::Connection,
        sqlx::Error::Configuration(_)
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::Encode(_)
        | sqlx::Error::TypeNotFound { .. } => FailureKind::Defect,
        _ => FailureKind::Outage,
    }
}
