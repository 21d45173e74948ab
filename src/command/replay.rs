//! `replay`: a range of the topics once more, beside the live workers.

mod anew;
mod bar;
mod foresight;
mod jobs;
mod plan;
mod show;
mod start;

use super::exit::{Exit, Failure};
use super::format::Format;
use super::range::RangeArgs;
use super::{schema, wiring};
use crate::config::Config;
use crate::event::Kind;
use crate::replay::Filter;
use crate::store::migrations::{self, MigrateError};
use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

/// Read a range of the topics once more, beside the live workers
///
/// A replay is a job with a name and positions of its own: it joins no consumer group, moves no position of the live
/// group, and can be stopped at any moment and resumed. Rows that are there already are not written again.
#[derive(Args, Clone, Debug)]
pub(super) struct ReplayArgs {
    #[command(subcommand)]
    action: Action,
    /// Ask nothing; needed where there is no terminal, by start, and by resume of a job that moved just now
    #[arg(long, global = true)]
    yes: bool,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Show what a replay would read and do; nothing is written
    Plan {
        #[command(flatten)]
        job: JobArgs,
        /// How the result is printed
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Show the plan, ask, and do it; Ctrl-C pauses
    Start {
        #[command(flatten)]
        job: JobArgs,
        /// Name of the job, given once: letters, digits, dot, underscore, hyphen [default: replay- and the time]
        #[arg(long, value_name = "NAME", value_parser = name)]
        name: Option<String>,
    },
    /// List the jobs, how far each is and what it did
    Status {
        /// Only this job
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// How the result is printed
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Go on with a job that was paused, failed or killed, exactly where it was
    ///
    /// A job that another process works on is taken over, and the other one stops; nothing is read twice by that. If it
    /// runs and has moved within the last minute, resume asks first.
    Resume {
        /// The job [default: the only one that is not over]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Records a second from now on [default: as before]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
        rate: Option<i32>,
    },
    /// End a job for good; what it has stored stays
    Cancel {
        /// The job [default: the only one that is not over]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
}

/// What a job reads and how.
#[derive(Args, Clone, Debug)]
struct JobArgs {
    #[command(flatten)]
    range: RangeArgs,
    /// Only events of these kinds; the others of the range count as not consumed
    #[arg(long, value_enum, value_name = "KIND", value_delimiter = ',')]
    only: Vec<Only>,
    /// Only events of this user; may be given several times. Everything in the range is read all the same
    #[arg(long, value_name = "UUID")]
    user: Vec<Uuid>,
    /// Records a second that are read at most [default: as many as can be]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    rate: Option<i32>,
    /// group.id of the Kafka client; nothing is committed under it [default: `kafka.group_id`]
    #[arg(long, value_name = "NAME")]
    group_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Only {
    Play,
    Like,
    Unlike,
}

impl JobArgs {
    fn filter(&self) -> Filter {
        let kind = |only: &Only| match only {
            Only::Play => Kind::Play,
            Only::Like => Kind::Like,
            Only::Unlike => Kind::Unlike,
        };
        Filter {
            kinds: self.only.iter().map(kind).collect(),
            users: self.user.iter().copied().collect(),
        }
    }

    fn client_group(&self, config: &Config) -> String {
        let live = || config.kafka.group_id.clone();
        self.group_id.clone().unwrap_or_else(live)
    }
}

/// A name that can be typed, and that is not what the dead letters of the live group have in its place.
fn name(text: &str) -> Result<String, String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=100).contains(&text.len()) && text.bytes().all(legal) && text != "live" {
        return Ok(text.to_owned());
    }
    Err("expected 1 to 100 of a-z, A-Z, 0-9, dot, underscore and hyphen, and not `live`".to_owned())
}

/// Does what the arguments say.
pub(super) async fn run(args: &ReplayArgs, config: &Config) -> Result<(), Failure> {
    wiring::install_logging(config)?;
    verify_schema(config, &args.action).await?;
    match &args.action {
        Action::Plan { job, format } => plan::run(job, *format, config).await,
        Action::Start { job, name } => start::start(job, name.clone(), args.yes, config).await,
        Action::Status { name, format } => jobs::status(name.as_deref(), *format, config).await,
        Action::Resume { name, rate } => start::resume(name.as_deref(), *rate, args.yes, config).await,
        Action::Cancel { name } => jobs::cancel(name.as_deref(), config).await,
    }
}

/// A database that is not migrated gets an advice and not an error of SQL, as does one that what is set cannot be done in.
async fn verify_schema(config: &Config, action: &Action) -> Result<(), Failure> {
    let unavailable = |error: MigrateError| Failure::new(Exit::Unavailable, error);
    let mut connection = migrations::connect(&wiring::database(config))
        .await
        .map_err(unavailable)?;
    schema::verify(&mut connection).await?;
    if !matches!(action, Action::Start { .. } | Action::Resume { .. }) {
        return Ok(());
    }
    let obstacles = wiring::obstacles(&mut connection, config).await;
    match obstacles.map_err(schema::database)? {
        Some(obstacles) => Err(Failure::new(Exit::Configuration, obstacles)),
        None => Ok(()),
    }
}
