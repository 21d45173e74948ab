//! What one check found, and what follows from it.

/// The checks, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Check {
    Settings,
    Broker,
    Topic,
    RecordTimes,
    Retention,
    KafkaRights,
    Database,
    Version,
    Encoding,
    Writable,
    Durability,
    Clock,
    TimeZone,
    Connections,
    Schema,
    ParentTables,
    LibraryTables,
    ForeignKeys,
    Triggers,
    ParentChecking,
    RowSecurity,
    Indexes,
    Rights,
    Positions,
}

impl Check {
    /// The name under which it is told.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Broker => "broker",
            Self::Topic => "topic",
            Self::RecordTimes => "record times",
            Self::Retention => "retention",
            Self::KafkaRights => "kafka rights",
            Self::Database => "database",
            Self::Version => "version",
            Self::Encoding => "encoding",
            Self::Writable => "writable",
            Self::Durability => "durability",
            Self::Clock => "clock",
            Self::TimeZone => "time zone",
            Self::Connections => "connections",
            Self::Schema => "schema",
            Self::ParentTables => "parent tables",
            Self::LibraryTables => "library tables",
            Self::ForeignKeys => "foreign keys",
            Self::Triggers => "triggers",
            Self::ParentChecking => "parent check",
            Self::RowSecurity => "row security",
            Self::Indexes => "indexes",
            Self::Rights => "rights",
            Self::Positions => "positions",
        }
    }
}

/// What a finding means for the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Ok,
    Warn,
    Fail,
    /// Could not be looked at, because of another check.
    Skip,
}

impl Verdict {
    /// The word for it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

/// One line of the report.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) check: Check,
    pub(super) found: String,
    /// What to do.
    pub(super) advice: Option<String>,
}

impl Finding {
    pub(super) fn ok(check: Check, found: impl AsRef<str>) -> Self {
        Self::new(Verdict::Ok, check, found.as_ref(), None)
    }

    /// All right, and yet there is something that may be done.
    pub(super) fn note(check: Check, found: impl AsRef<str>, advice: impl AsRef<str>) -> Self {
        Self::new(Verdict::Ok, check, found.as_ref(), Some(advice.as_ref()))
    }

    pub(super) fn warn(check: Check, found: impl AsRef<str>, advice: impl AsRef<str>) -> Self {
        Self::new(Verdict::Warn, check, found.as_ref(), Some(advice.as_ref()))
    }

    pub(super) fn fail(check: Check, found: impl AsRef<str>, advice: impl AsRef<str>) -> Self {
        Self::new(Verdict::Fail, check, found.as_ref(), Some(advice.as_ref()))
    }

    pub(super) fn skip(check: Check, why: impl AsRef<str>) -> Self {
        Self::new(Verdict::Skip, check, why.as_ref(), None)
    }

    fn new(verdict: Verdict, check: Check, found: &str, advice: Option<&str>) -> Self {
        // what a server says may have line feeds in it
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            verdict,
            check,
            found: one_line(found),
            advice: advice.map(one_line),
        }
    }
}

/// Adds a line for each of the checks that has none.
pub(super) fn skip_rest(findings: &mut Vec<Finding>, checks: &[Check], why: &str) {
    for check in checks {
        if !findings.iter().any(|finding| finding.check == *check) {
            findings.push(Finding::skip(*check, why));
        }
    }
}
