//! `audit`: whether what is stored agrees with itself and with the log.

mod line;
mod report;

use super::exit::{Exit, Failure, print_failed};
use super::format::Format;
use super::number::counted;
use super::output::output;
use super::progress::Progress;
use super::range::{Bound, RangeArgs, resolve};
use super::schema::{database, verified};
use super::wiring;
use crate::audit::{AuditError, books, compare};
use crate::config::Config;
use crate::kafka::KafkaLookup;
use crate::pipeline::{Claimed, Lookup, made_anew};
use crate::position::{Epoch, OffsetRange, TopicPartition, Watermarks};
use crate::store::PgConnection;
use crate::store::audit::{self as store, Account};
use clap::Args;
use line::place;
use report::{Events, Report};
use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

/// Compare ledger, positions, dead letters and tables with one another and with the log
///
/// Exit code 1 if anything differs. It writes nothing, to nobody, and may run beside the workers. With one of --from, --to,
/// --topic and --partition it also reads that range, as far as it is stored, and looks for every event in the tables.
#[derive(Args, Clone, Debug)]
pub(super) struct AuditArgs {
    /// Where the range of events begins: earliest, latest, a time (RFC 3339), -7d, offset:N, or offset:P:N,P:N
    /// [default: earliest]
    #[arg(long, value_name = "WHERE", allow_hyphen_values = true)]
    from: Option<Bound>,
    /// Where it ends, in the same forms; that offset or time is not in it any more [default: latest]
    #[arg(long, value_name = "WHERE", allow_hyphen_values = true)]
    to: Option<Bound>,
    /// Only events of this topic; may be given several times [default: `kafka.topics`]
    #[arg(long, value_name = "TOPIC")]
    topic: Vec<String>,
    /// Only events of this partition; may be given several times [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    partition: Vec<i32>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl AuditArgs {
    /// The range of events, if any are meant.
    fn range(&self) -> Option<RangeArgs> {
        let Self {
            from,
            to,
            topic,
            partition,
            ..
        } = self;
        let is_meant = from.is_some() || to.is_some() || !topic.is_empty() || !partition.is_empty();
        is_meant.then(|| RangeArgs {
            from: from.clone().unwrap_or(Bound::Earliest),
            to: to.clone().unwrap_or(Bound::Latest),
            topic: topic.clone(),
            partition: partition.clone(),
        })
    }
}

/// Compares, prints, and fails where anything differs.
pub(super) async fn run(args: &AuditArgs, config: &Config) -> Result<(), Failure> {
    wiring::install_logging(config)?;
    let mut connection = verified(store::connect(wiring::database(config)).await).await?;
    let lookup = KafkaLookup::open(&wiring::kafka_settings(config))?;
    let (accounts, marks) = read(&mut connection, &lookup, config).await?;
    let events = match args.range() {
        Some(range) => Some(events(&mut connection, &lookup, (config, &range), &accounts).await?),
        None => None,
    };
    let is_named = |account: &&Account| config.kafka.topics.contains(&account.partition.topic.to_string());
    let named: Vec<Account> = accounts.iter().filter(is_named).cloned().collect();
    let anew = made_anew(&lookup, &stored(&named), &marks).await?;
    let known = named.iter().filter(|account| account.next_offset.is_some()).count();
    let report = Report {
        group: &config.kafka.group_id,
        ledger: books::ledgers(&accounts),
        positions: books::positions(&named, &marks, &anew),
        letters: books::letters(&accounts),
        known,
        new: marks.len().saturating_sub(known),
        foreign: accounts.len() - named.len(),
        accounts: &accounts,
        events,
    };
    let out = &mut output();
    let printed = match args.format {
        Format::Table => report.table(out, io::stdout().is_terminal()),
        Format::Json => report.json(out),
    };
    printed.map_err(print_failed)?;
    match report.differences() {
        0 => Ok(()),
        count => Err(Failure::new(
            Exit::Failed,
            format!("found {}", counted(count, "difference")),
        )),
    }
}

/// The stored positions, as a worker would find them.
fn stored(accounts: &[Account]) -> BTreeMap<TopicPartition, Claimed> {
    let position = |account: &Account| {
        let claimed = Claimed {
            halted: account.halted.clone(),
            last_record: account.last_record,
            ..Claimed::new(Epoch(0), account.next_offset?)
        };
        Some((account.partition.clone(), claimed))
    };
    accounts.iter().filter_map(position).collect()
}

type Marks = BTreeMap<TopicPartition, Watermarks>;

/// The books of the group and what the logs of the configured topics hold. The log is asked where it begins before, and
/// where it ends after the positions are read, since workers go on and logs are cut meanwhile.
async fn read(
    connection: &mut PgConnection,
    lookup: &KafkaLookup,
    config: &Config,
) -> Result<(Vec<Account>, Marks), Failure> {
    let mut partitions = Vec::new();
    for topic in &config.kafka.topics {
        partitions.extend(lookup.partitions(topic).await?);
    }
    let mut marks = lookup.watermarks(partitions.clone()).await?;
    let accounts = store::accounts(connection, &config.kafka.group_id)
        .await
        .map_err(database)?;
    for (partition, later) in lookup.watermarks(partitions).await? {
        if let Some(marks) = marks.get_mut(&partition) {
            marks.end_offset = later.end_offset;
        }
    }
    Ok((accounts, marks))
}

/// What was found of the events in the range.
async fn events(
    connection: &mut PgConnection,
    lookup: &KafkaLookup,
    (config, range): (&Config, &RangeArgs),
    accounts: &[Account],
) -> Result<Events, Failure> {
    let resolved = resolve(lookup, &config.kafka.topics, range).await?;
    let notes = resolved.iter().filter_map(|part| {
        let note = part.note.as_ref()?;
        Some(format!("{}: {note}", place(&part.range.partition)))
    });
    let mut events = Events {
        notes: notes.collect(),
        ..Events::default()
    };
    let ranges = resolved.into_iter().map(|part| part.range).collect();
    let (ranges, not_stored) = books::stored(ranges, accounts);
    events.not_stored = not_stored;
    let total = ranges.iter().map(OffsetRange::offsets).sum::<i64>().unsigned_abs();
    let mut progress = Progress::counting(("comparing", "compared"), "record", total);
    let (settings, limits) = (wiring::kafka_settings(config), wiring::limits(config));
    let group = &config.kafka.group_id;
    let found = compare((&settings, &limits), &ranges, (connection, group), |done| {
        progress.reached(done);
    })
    .await;
    events.found = found.map_err(failed)?;
    progress.end(events.found.records);
    Ok(events)
}

fn failed(error: AuditError) -> Failure {
    let exit = match error {
        AuditError::Client(error) => return error.into(),
        AuditError::Database(error) => return database(error),
        AuditError::Unavailable(_) => Exit::Unavailable,
        AuditError::Anew(_) => Exit::Failed,
        AuditError::Fatal(_) => Exit::Fatal,
    };
    Failure::new(exit, error)
}
