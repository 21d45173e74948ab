//! Every metric of the worker: name, labels, unit and help, once.
//!
//! Counters and histograms live in the exporter's registry. Gauges that describe the present state
//! are written from the [`Status`](super::Status) at each scrape ([`Source::Status`]), so that the
//! series of a partition end with the partition: the registry cannot remove a single series.

use metrics::Unit;

/// One metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Name as Prometheus sees it.
    pub name: &'static str,
    /// Kind, and the buckets of a histogram.
    pub kind: Kind,
    /// Where its values are kept.
    pub source: Source,
    /// Unit of the value.
    pub unit: Unit,
    /// Names of its labels.
    pub labels: &'static [&'static str],
    /// One line that says what is counted.
    pub help: &'static str,
}

/// The kinds of metrics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// The value now.
    Gauge,
    /// Observations, counted up to these upper bounds.
    Histogram(&'static [f64]),
}

/// Where the values of a metric are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// In the registry of the exporter.
    Registry,
    /// In the status snapshot.
    Status,
}

/// 5 ms to 1 h. 30 s is the promise to users and therefore a bound.
const VISIBLE_SECONDS: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0,
];
/// Up to the statement time-outs and a little beyond.
const TRANSACTION_SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];
const BATCH_ROWS: &[f64] = &[
    1.0, 10.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10_000.0, 25_000.0, 50_000.0,
];
/// Dense around the usual `batch.max_wait`.
const BATCH_AGE_SECONDS: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric {
        name,
        kind: Kind::Counter,
        source: Source::Registry,
        unit: Unit::Count,
        labels,
        help,
    }
}

const fn histogram(
    name: &'static str,
    unit: Unit,
    buckets: &'static [f64],
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric {
        name,
        kind: Kind::Histogram(buckets),
        source: Source::Registry,
        unit,
        labels,
        help,
    }
}

const fn state(name: &'static str, unit: Unit, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric {
        name,
        kind: Kind::Gauge,
        source: Source::Status,
        unit,
        labels,
        help,
    }
}

/// Declares the metrics and, from the same list, [`CATALOGUE`].
macro_rules! catalogue {
    ($($id:ident = $metric:expr;)+) => {
        $(pub(crate) const $id: Metric = $metric;)+
        /// Every metric of the worker but `process_*`.
        pub const CATALOGUE: &[Metric] = &[$($id),+];
    };
}

catalogue! {
    RECORDS_CONSUMED = counter("ingest_records_consumed_total", &["topic", "mode"],
        "Records taken from the log.");
    RECORDS = counter("ingest_records_total", &["topic", "kind", "outcome", "mode"],
        "Records by the outcome that was stored for them.");
    DEAD_LETTERS = counter("ingest_dead_letters_total", &["topic", "reason", "mode"],
        "Records stored as dead letters.");
    INGEST_TO_VISIBLE = histogram("ingest_ingest_to_visible_seconds", Unit::Seconds, VISIBLE_SECONDS, &["kind", "mode"],
        "Time from the Kafka timestamp of a record until its transaction was committed.");
    BATCH_ROWS_WRITTEN = histogram("ingest_batch_rows", Unit::Count, BATCH_ROWS, &[],
        "Rows of a batch when it was sealed: fewer than its records where some concern the same row.");
    BATCH_AGE = histogram("ingest_batch_age_seconds", Unit::Seconds, BATCH_AGE_SECONDS, &[],
        "Time from the first record of a batch until it was sealed.");
    BATCH_FLUSHES = counter("ingest_batch_flushes_total", &["trigger"],
        "Batches sealed, by what sealed them.");
    TRANSACTION = histogram("ingest_transaction_seconds", Unit::Seconds, TRANSACTION_SECONDS, &["outcome"],
        "Duration of a write transaction, from BEGIN until its end.");
    DATABASE_RETRIES = counter("ingest_database_retries_total", &["cause"],
        "Batches that are written again because the database refused them for a while.");
    FENCED_BATCHES = counter("ingest_fenced_batches_total", &[],
        "Batches dropped because another worker had taken over a partition of theirs.");
    REBALANCES = counter("ingest_rebalances_total", &["event"],
        "Changes of the partitions that the group assigns to this worker.");
    BUILD_INFO = Metric { source: Source::Registry, ..state("ingest_build_info", Unit::Count, &["version", "librdkafka"],
        "Always 1; the labels name the build.") };
    LAG_RECORDS = state("ingest_consumer_lag_records", Unit::Count, &["topic", "partition"],
        "Offsets between the position in PostgreSQL and the end of the partition.");
    LAG_SECONDS = state("ingest_consumer_lag_seconds", Unit::Seconds, &["topic", "partition"],
        "Age of the oldest record that is not stored yet, 0 if there is none.");
    RETENTION_HEADROOM = state("ingest_retention_headroom_records", Unit::Count, &["topic", "partition"],
        "Offsets between the start of the log and the position; below 0, records are gone that were never stored.");
    PARTITION_HALTED = state("ingest_partition_halted", Unit::Count, &["topic", "partition", "cause"],
        "1 while the partition stands still until an operator has decided.");
    GAP_RECORDS = state("ingest_gap_records", Unit::Count, &["topic", "partition"],
        "Offsets that the log lost before they were stored.");
    ASSIGNED_PARTITIONS = state("ingest_assigned_partitions", Unit::Count, &[],
        "Partitions that this worker owns.");
    PAUSED_PARTITIONS = state("ingest_paused_partitions", Unit::Count, &["cause"],
        "Partitions that are owned and not read.");
    BUFFER_BYTES = state("ingest_buffer_bytes", Unit::Bytes, &[],
        "Bytes of records in memory that are not stored yet.");
    READY = state("ingest_ready", Unit::Count, &["check"],
        "1 if the readiness check passes.");
    DEAD_LETTERS_OPEN = state("ingest_dead_letters_open", Unit::Count, &["reason"],
        "Dead letters that wait for an operator; every worker reports all of them, take the maximum.");
    DEAD_LETTERS_WAITING = state("ingest_dead_letters_waiting", Unit::Count, &["reason"],
        "Dead letters that are tried again by themselves; every worker reports all of them, take the maximum.");
    OLDEST_WAITING = state("ingest_oldest_waiting_seconds", Unit::Seconds, &["reason"],
        "Age of the oldest waiting dead letter; every worker reports it, take the maximum.");
    REPLAY_REMAINING = state("ingest_replay_remaining_records", Unit::Count, &["name"],
        "Records that a replay which is not over has still to read; every worker reports all replays, take the maximum.");
    REPLAY_ACTIVE = state("ingest_replay_active", Unit::Count, &["name"],
        "1 while the replay runs, 0 while it is paused or has failed; every worker reports all replays, take the maximum.");
}
