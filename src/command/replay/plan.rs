//! `replay plan`: what a replay would read and do, without writing anything.

use super::foresight::{Foresight, foresee};
use super::{JobArgs, anew, show};
use crate::command::exit::{Failure, print_failed};
use crate::command::format::Format;
use crate::command::output::output;
use crate::command::range::{PartitionRange, resolve};
use crate::command::wiring;
use crate::config::Config;
use crate::kafka::{self, KafkaLookup};
use crate::position::{OffsetRange, TopicPartition};
use crate::replay::{Filter, sample};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a replay would read and do.
#[derive(Debug)]
pub(super) struct Plan {
    /// The live group, which goes on untouched.
    pub(super) group: String,
    pub(super) filter: Filter,
    pub(super) rate: Option<i32>,
    pub(super) partitions: Vec<PartitionRange>,
    /// Kafka timestamp of the first record of each range, in milliseconds since 1970.
    pub(super) first_times: BTreeMap<TopicPartition, i64>,
    /// Where the sample met what cannot be read, and why.
    pub(super) unreadable: BTreeMap<TopicPartition, (i64, String)>,
    /// Partitions whose topics were made anew, with how that shows: they are not read.
    pub(super) anew: BTreeMap<TopicPartition, String>,
    pub(super) foresight: Foresight,
}

impl Plan {
    /// Looks at the log and the tables.
    pub(super) async fn make(args: &JobArgs, config: &Config) -> Result<Self, Failure> {
        let settings = client_settings(config, args.client_group(config));
        let lookup = KafkaLookup::open(&settings)?;
        let partitions = resolve(&lookup, &config.kafka.topics, &args.range).await?;
        let ranges: Vec<OffsetRange> = partitions.iter().map(|part| part.range.clone()).collect();
        let anew = anew::look(&lookup, &ranges, config).await?;
        let filter = args.filter();
        let sample = sample(&settings, &ranges, &wiring::limits(config), &filter).await?;
        let total = ranges.iter().map(OffsetRange::offsets).sum();
        let (first_times, unreadable) = (sample.first_times.clone(), sample.unreadable.clone());
        let foresight = foresee(sample, total, config).await?;
        Ok(Self {
            group: config.kafka.group_id.clone(),
            filter,
            rate: args.rate,
            partitions,
            first_times,
            unreadable,
            anew,
            foresight,
        })
    }

    /// The ranges that hold anything.
    pub(super) fn ranges(&self) -> Vec<OffsetRange> {
        let ranges = self.partitions.iter().map(|part| part.range.clone());
        ranges.filter(|range| range.offsets() > 0).collect()
    }

    /// Offsets of all ranges: records at most.
    pub(super) fn total(&self) -> i64 {
        self.partitions.iter().map(|part| part.range.offsets()).sum()
    }

    /// How long it takes, at the given rate or as far as the sample tells.
    pub(super) fn estimate(&self) -> Duration {
        let measured = self.foresight.estimate;
        match self.rate {
            Some(rate) => measured.max(Duration::from_secs_f64(self.total_f64() / f64::from(rate.max(1)))),
            None => measured,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "an estimate need not be exact")]
    fn total_f64(&self) -> f64 {
        self.total() as f64
    }
}

/// The client of a replay: as the worker's, under its own name of a group.
pub(super) fn client_settings(config: &Config, group_id: String) -> kafka::Settings {
    kafka::Settings {
        group_id,
        ..wiring::kafka_settings(config)
    }
}

pub(super) async fn run(args: &JobArgs, format: Format, config: &Config) -> Result<(), Failure> {
    let plan = Plan::make(args, config).await?;
    let printed = match format {
        Format::Table => show::table(&mut output(), &plan, true),
        Format::Json => show::json(&mut output(), &plan),
    };
    printed.map_err(print_failed)
}

/// Where nobody can be asked, nothing is begun.
pub(super) const NOBODY_TO_ASK: &str =
    "there is no terminal to ask whether to begin; look at the plan above and pass --yes";
