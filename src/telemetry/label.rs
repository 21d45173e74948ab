//! The closed sets that labels are taken from.
//!
//! Labels other than topics are `&'static str` everywhere in this room: a text that came in at run
//! time cannot become a label, so the number of series stays bounded.

/// How a record came to be written: by the worker, by a replay, or from the dead letters.
pub const MODES: [&str; 3] = [LIVE, REPLAY, REDRIVE];
/// Read by the live worker.
pub const LIVE: &str = "live";
/// Read again by a replay.
pub const REPLAY: &str = "replay";
/// Taken from the dead letters and tried again.
pub const REDRIVE: &str = "redrive";

/// Kinds of events that can become visible in the tables.
pub const EVENT_KINDS: [&str; 3] = ["play", "like", "unlike"];

/// What can become of a record, in the order of the ledger's columns.
pub const OUTCOMES: [&str; 6] = [
    "inserted",
    "updated",
    "removed",
    "unchanged",
    "dead_lettered",
    "skipped",
];

/// Every outcome that a kind of record can have. A rejected record or a tombstone has the kind `unknown`.
pub const OUTCOMES_OF_KINDS: [(&str, &[&str]); 4] = [
    ("play", &["inserted", "updated", "unchanged", "dead_lettered"]),
    ("like", &["inserted", "updated", "unchanged", "dead_lettered"]),
    ("unlike", &["updated", "removed", "unchanged", "dead_lettered"]),
    ("unknown", &["dead_lettered", "skipped"]),
];

/// Why a dead letter is one.
pub const REASONS: [&str; 11] = [
    "invalid_json",
    "missing_field",
    "invalid_field",
    "unknown_type",
    "unsupported_version",
    "time_out_of_range",
    "too_large",
    "unknown_user",
    "unknown_track",
    "id_conflict",
    "rejected_by_database",
];
/// The reasons for which a dead letter can wait and be tried again by itself.
pub const WAITING_REASONS: [&str; 2] = ["unknown_user", "unknown_track"];

/// What sealed a batch.
pub const FLUSH_TRIGGERS: [&str; 5] = ["rows", "bytes", "age", "revoke", "shutdown"];
/// How a transaction ended.
pub const TRANSACTION_OUTCOMES: [&str; 2] = [COMMIT, ROLLBACK];
/// The transaction is stored.
pub const COMMIT: &str = "commit";
/// The transaction left nothing behind.
pub const ROLLBACK: &str = "rollback";
/// Why a batch is written again.
pub const RETRY_CAUSES: [&str; 4] = ["connection", "contention", "outage", "read_only"];
/// What the group did to this worker.
pub const REBALANCE_EVENTS: [&str; 3] = ["assign", "revoke", "lost"];
/// Why a partition is not read.
pub const PAUSE_CAUSES: [&str; 3] = ["database", "memory", HALTED];
/// The pause of a partition that stands still until an operator has decided.
pub const HALTED: &str = "halted";
/// Why a partition stands still.
pub const HALT_CAUSES: [&str; 4] = ["gap", "flood", "mismatch", "unreadable"];
