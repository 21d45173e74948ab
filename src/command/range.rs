//! A range of a topic as the command line names it, and the offsets that it means.

mod bound;
mod resolve;

pub(super) use bound::Bound;
pub(super) use resolve::{PartitionRange, offsets, resolve};

use clap::Args;

/// Which records of which partitions.
#[derive(Args, Clone, Debug)]
pub(super) struct RangeArgs {
    /// Where to begin: earliest, latest, a time (RFC 3339), -7d, offset:N, or offset:P:N,P:N for partitions
    #[arg(long, value_name = "WHERE", default_value = "earliest", allow_hyphen_values = true)]
    pub(super) from: Bound,
    /// Where to end, in the same forms; that offset or time is not in it any more, and latest means the end now
    #[arg(long, value_name = "WHERE", default_value = "latest", allow_hyphen_values = true)]
    pub(super) to: Bound,
    /// Only this topic; may be given several times [default: `kafka.topics`]
    #[arg(long, value_name = "TOPIC")]
    pub(super) topic: Vec<String>,
    /// Only this partition; may be given several times [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    pub(super) partition: Vec<i32>,
}

impl RangeArgs {
    /// The topics that are meant, each once.
    pub(super) fn topics(&self, configured: &[String]) -> Vec<String> {
        let named = if self.topic.is_empty() { configured } else { &self.topic };
        let mut topics: Vec<String> = Vec::with_capacity(named.len());
        for topic in named {
            if !topics.contains(topic) {
                topics.push(topic.clone());
            }
        }
        topics
    }
}
