//! `dead-letters`: what a person does with records that became no row.

mod list;
mod printable;
mod record;
mod show;
mod value;
mod work;

use super::exit::Failure;
use super::format::Format;
use super::schema::{database, verified};
use super::wiring;
use crate::config::Config;
use crate::event::Reason;
use crate::store::letters::{Choice, desk};
use chrono::{DateTime, Utc};
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use std::io::{self, IsTerminal};
use std::sync::Arc;
use uuid::Uuid;

const STATES: [&str; 4] = ["open", "waiting", "resolved", "discarded"];

/// Look at records that became no row, try them again, give them up, or empty them
#[derive(Args, Clone, Debug)]
pub(super) struct DeadLettersArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// List letters; without a choice, how many of each reason there are
    ///
    /// As JSON it is always a list of letters, with objects named like the columns of `ingest.dead_letters`. Key and
    /// value are texts, or else in `record_key_base64` and `record_value_base64`.
    List {
        #[command(flatten)]
        choice: ChoiceArgs,
        /// How the result is printed
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Show one letter: its record, byte for byte, and what is wrong with it
    Show {
        /// The letter's number
        id: i64,
        /// How the result is printed
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Try letters again by the path of live records
    ///
    /// What is right now becomes a row, once, whoever else tries it; what fails again stays, with one more attempt.
    /// Without --state, letters that are open are meant; with --id also waiting and discarded ones. A discarded one that
    /// fails again is open again.
    Redrive {
        #[command(flatten)]
        choice: ChoiceArgs,
        /// Say what would come of it, and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        consent: Consent,
    },
    /// Give letters up: they stay, marked, and nobody is told of them any more
    ///
    /// Without --state, letters that are open or waiting are meant. A redrive takes a discarded one up again: what fails
    /// in it is open afterwards.
    Discard {
        #[command(flatten)]
        choice: ChoiceArgs,
        #[command(flatten)]
        consent: Consent,
    },
    /// Empty key, value and headers of letters that are resolved or discarded, or of one user
    ///
    /// With --user, letters in every state are emptied: those of events of this user, and those where key, value or
    /// headers name it. Open and waiting ones are discarded with that. Coordinates and ids stay.
    Purge {
        #[command(flatten)]
        choice: ChoiceArgs,
        #[command(flatten)]
        consent: Consent,
    },
}

/// Which letters.
#[derive(Args, Clone, Debug)]
struct ChoiceArgs {
    /// With this reason
    #[arg(long, value_name = "R", value_parser = PossibleValuesParser::new(Reason::ALL.map(Reason::as_str)))]
    reason: Option<String>,
    /// In this state; may be given several times
    #[arg(long, value_name = "S", value_parser = PossibleValuesParser::new(STATES))]
    state: Vec<String>,
    /// That failed first at this time (RFC 3339) or later, or not longer ago than, such as -7d
    #[arg(long, value_name = "T", allow_hyphen_values = true, value_parser = since)]
    since: Option<DateTime<Utc>>,
    /// Of this user, or where key, value or headers name it
    #[arg(long, value_name = "UUID")]
    user: Option<Uuid>,
    /// This letter
    #[arg(long, value_name = "N")]
    id: Option<i64>,
    /// No more than so many, the oldest first
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
}

/// What a change wants to know beside the choice.
#[derive(Args, Clone, Copy, Debug)]
struct Consent {
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl ChoiceArgs {
    /// Whether anything but a number of letters is chosen.
    fn is_given(&self) -> bool {
        let Self {
            reason,
            state,
            since,
            user,
            id,
            limit,
        } = self;
        reason.is_some() || !state.is_empty() || since.is_some() || user.is_some() || id.is_some() || limit.is_some()
    }

    /// The choice, in `states` where the arguments name none.
    fn choice(&self, config: &Config, states: &[&str]) -> Choice {
        let states = states.iter().map(|state| (*state).to_owned());
        Choice {
            group: Arc::from(config.kafka.group_id.as_str()),
            id: self.id,
            reason: self.reason.clone(),
            states: if self.state.is_empty() {
                states.collect()
            } else {
                self.state.clone()
            },
            since: self.since,
            user: self.user,
            with_content: false,
            limit: self.limit,
        }
    }
}

fn since(text: &str) -> Result<DateTime<Utc>, String> {
    const FORMS: &str = "expected a time such as 2026-11-01T00:00:00Z, or a time ago such as -7d or -90m";
    let Some(ago) = text.strip_prefix('-') else {
        return DateTime::parse_from_rfc3339(text)
            .map(|time| time.to_utc())
            .map_err(|_| FORMS.to_owned());
    };
    let ago = humantime::parse_duration(ago).map_err(|error| format!("{error}; {FORMS}"))?;
    let ago = chrono::Duration::from_std(ago).map_err(|_| FORMS.to_owned())?;
    Utc::now().checked_sub_signed(ago).ok_or_else(|| FORMS.to_owned())
}

/// Does what the arguments say.
pub(super) async fn run(args: &DeadLettersArgs, config: &Config) -> Result<(), Failure> {
    let connected = desk::connect(wiring::database(config)).await;
    let mut connection = verified(connected).await?;
    let connection = &mut connection;
    match &args.action {
        Action::List { choice, format } => list::run(connection, config, choice, *format).await,
        Action::Show { id, format } => show::run(connection, config, *id, *format).await,
        Action::Redrive {
            choice,
            dry_run,
            consent,
        } => work::redrive(connection, config, choice, (*consent, *dry_run)).await,
        Action::Discard { choice, consent } => work::discard(connection, config, choice, *consent).await,
        Action::Purge { choice, consent } => work::purge(connection, config, choice, *consent).await,
    }
}

/// Whether stdout shows colours.
fn coloured() -> bool {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    io::stdout().is_terminal() && !plain && !dumb
}
