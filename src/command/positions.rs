//! `positions`: where each partition is, and what a person decides about one that cannot go on.

mod decision;
mod set;
mod show;
mod standing;

use super::exit::{Exit, Failure};
use super::format::Format;
use super::range::Bound;
use super::{schema, wiring};
use crate::config::Config;
use crate::store::migrations;
use clap::{Args, Subcommand};

/// Show where each partition is, and let one go on that stands still
#[derive(Args, Clone, Debug)]
pub(super) struct PositionsArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Show the stored position of each partition beside what its log holds
    Show {
        #[command(flatten)]
        chosen: Chosen,
        /// How the result is printed
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Let partitions go on that stand still, after saying what that loses
    ///
    /// After a gap: with the oldest record there is. After a flood: where it stands, and the breaker lets through what
    /// the log holds by now. After a mismatch, with the beginning of the topic that was made anew. Where the log
    /// could not be read: where it stands. Workers go on within seconds; none has to be restarted.
    Resume {
        #[command(flatten)]
        chosen: Chosen,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Move the position of one partition, after saying what that loses
    ///
    /// Only while no worker reads it: stop them first, unless the partition stands still.
    Set {
        /// The topic
        #[arg(long, value_name = "TOPIC")]
        topic: String,
        /// The partition
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
        partition: i32,
        /// The offset that is read next, or earliest, latest, a time (RFC 3339), or a time ago such as -7d
        #[arg(long, value_name = "WHERE", allow_hyphen_values = true, value_parser = place)]
        to: Bound,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Which partitions.
#[derive(Args, Clone, Debug)]
struct Chosen {
    /// Only this topic [default: `kafka.topics`]
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Only this partition [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    partition: Option<i32>,
}

/// One place in one partition.
fn place(text: &str) -> Result<Bound, String> {
    const FORMS: &str = "expected an offset such as 4711, earliest, latest, a time such as 2026-11-01T00:00:00Z, \
                         or a time ago such as -7d";
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        return text.parse().map(Bound::Offset).map_err(|_| FORMS.to_owned());
    }
    match text.parse() {
        Ok(bound @ (Bound::Earliest | Bound::Latest | Bound::Time(_) | Bound::Ago(_))) => Ok(bound),
        _ => Err(FORMS.to_owned()),
    }
}

/// Does what the arguments say.
pub(super) async fn run(args: &PositionsArgs, config: &Config) -> Result<(), Failure> {
    wiring::install_logging(config)?;
    let mut connection = migrations::connect(&wiring::database(config))
        .await
        .map_err(|error| Failure::new(Exit::Unavailable, error))?;
    schema::verify(&mut connection).await?;
    match &args.action {
        Action::Show { chosen, format } => show::run(chosen, *format, config).await,
        Action::Resume { chosen, yes } => decision::resume(chosen, *yes, config).await,
        Action::Set {
            topic,
            partition,
            to,
            yes,
        } => set::run((topic, *partition), to, *yes, config).await,
    }
}
