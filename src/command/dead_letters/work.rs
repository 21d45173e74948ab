//! `dead-letters redrive`, `discard` and `purge`: in pages, each a transaction; a signal ends it between two.

use super::{ChoiceArgs, Consent, STATES, database, show};
use crate::command::ask::ask;
use crate::command::exit::{Exit, Failure, print_failed};
use crate::command::format::Format;
use crate::command::generate::stop_at_signal;
use crate::command::number::{counted, grouped};
use crate::command::output::output;
use crate::command::progress::{Progress, say};
use crate::command::wiring;
use crate::config::Config;
use crate::store::PgConnection;
use crate::store::letters::desk::{self, Redriven, StoredLetter};
use crate::store::letters::{Choice, Pages};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Letters a transaction: enough to be quick, few enough not to hold locks for long.
const PAGE: u64 = 500;

const REDRIVE: Question = (["Redrive", "redrive"], "What fails again stays.");
const DISCARD: Question = (
    ["Discard", "discard"],
    "They stay, marked; a redrive takes them up again.",
);
const PURGE: Question = (["Purge", "purge"], "Key, value and headers are emptied for good.");

pub(super) async fn redrive(
    connection: &mut PgConnection,
    config: &Config,
    args: &ChoiceArgs,
    (consent, dry_run): (Consent, bool),
) -> Result<(), Failure> {
    let states: &[&str] = match args.id {
        Some(_) => &["open", "waiting", "discarded"],
        None => &["open"],
    };
    let choice = with_content(args.choice(config, states));
    let settings = wiring::letter_settings(config);
    let states = choice.states.clone();
    let question = if dry_run { None } else { Some(REDRIVE) };
    let mut work = Work::begin(connection, config, choice, (args, consent, question)).await?;
    let mut sum = Redriven::default();
    let mut progress = Progress::counting(("redriving", "redrove"), "letter", work.pages.count);
    while let Some(ids) = work.next(connection).await? {
        let done = desk::redrive(connection, &settings, (&ids, &states), dry_run)
            .await
            .map_err(database)?;
        sum.resolved += done.resolved;
        sum.still_failing += done.still_failing;
        progress.reached(work.done);
    }
    progress.end(sum.resolved + sum.still_failing);
    if dry_run {
        say("a dry run: nothing was changed");
    }
    let counts = [("resolved", sum.resolved), ("still_failing", sum.still_failing)];
    work.end(consent.format, &counts)
}

pub(super) async fn discard(
    connection: &mut PgConnection,
    config: &Config,
    args: &ChoiceArgs,
    consent: Consent,
) -> Result<(), Failure> {
    let choice = args.choice(config, &["open", "waiting"]);
    if choice.states.iter().any(|state| state == "resolved") {
        let message = "letters that are resolved have become rows; there is nothing to discard";
        return Err(Failure::new(Exit::Usage, message));
    }
    let states = choice.states.clone();
    let mut work = Work::begin(connection, config, choice, (args, consent, Some(DISCARD))).await?;
    let mut discarded = 0;
    while let Some(ids) = work.next(connection).await? {
        let done = desk::discard(connection, (&ids, &states)).await.map_err(database)?;
        discarded += done;
    }
    work.end(consent.format, &[("discarded", discarded)])
}

pub(super) async fn purge(
    connection: &mut PgConnection,
    config: &Config,
    args: &ChoiceArgs,
    consent: Consent,
) -> Result<(), Failure> {
    let erasing = args.user.is_some();
    let states: &[&str] = if erasing { &STATES } else { &["resolved", "discarded"] };
    let choice = with_content(args.choice(config, states));
    let is_kept = |state: &String| state == "open" || state == "waiting";
    if !erasing && choice.states.iter().any(is_kept) {
        let message = "letters that are open or waiting still need their content; discard them first, or name a --user";
        return Err(Failure::new(Exit::Usage, message));
    }
    let states = choice.states.clone();
    let mut work = Work::begin(connection, config, choice, (args, consent, Some(PURGE))).await?;
    let mut purged = 0;
    while let Some(ids) = work.next(connection).await? {
        let done = desk::purge(connection, (&ids, &states), erasing).await;
        purged += done.map_err(database)?;
    }
    work.end(consent.format, &[("purged", purged)])
}

fn with_content(choice: Choice) -> Choice {
    Choice {
        with_content: true,
        ..choice
    }
}

/// Pages of letters, until they or the patience of a person end.
struct Work {
    pages: Pages,
    stop: Arc<AtomicBool>,
    done: u64,
}

impl Work {
    /// Counts the letters, and asks where somebody has to be asked.
    async fn begin(
        connection: &mut PgConnection,
        config: &Config,
        choice: Choice,
        (args, consent, question): (&ChoiceArgs, Consent, Option<Question>),
    ) -> Result<Self, Failure> {
        let pages = choice.pages(connection).await.map_err(database)?;
        if let (Some(id), 0) = (args.id, pages.count) {
            let letter = show::find(connection, config, id).await?;
            say(&format!(
                "letter {id} {}: nothing to do",
                why_not(&letter, &pages.choice, args)
            ));
        }
        if let (Some(question), None, false) = (question, args.id, consent.yes)
            && pages.count > 0
        {
            self::consent(question, pages.count).await?;
        }
        let stop = Arc::new(AtomicBool::new(false));
        tokio::spawn(stop_at_signal(Arc::clone(&stop)));
        Ok(Self { pages, stop, done: 0 })
    }

    /// The next page; none at the end or after a signal.
    async fn next(&mut self, connection: &mut PgConnection) -> Result<Option<Vec<i64>>, Failure> {
        if self.stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let ids = self.pages.next(connection, PAGE).await.map_err(database)?;
        self.done += ids.len() as u64;
        Ok((!ids.is_empty()).then_some(ids))
    }

    /// Prints what was done.
    fn end(self, format: Format, counts: &[(&str, u64)]) -> Result<(), Failure> {
        print(&mut output(), format, counts).map_err(print_failed)?;
        if self.stop.load(Ordering::Relaxed) {
            let message =
                "stopped by a signal between two batches; what is done stays done, and the same command goes on";
            return Err(Failure::new(Exit::Failed, message));
        }
        Ok(())
    }
}

/// Why a letter is not among those that are meant.
fn why_not(letter: &StoredLetter, choice: &Choice, args: &ChoiceArgs) -> String {
    let (state, is_empty) = (&letter.state, letter.record_value.is_none());
    if choice.states.contains(state) && !(choice.with_content && is_empty) {
        let flags = [
            ("--reason", args.reason.is_some()),
            ("--since", args.since.is_some()),
            ("--user", args.user.is_some()),
        ];
        let given: Vec<&str> = flags
            .iter()
            .filter(|(_, given)| *given)
            .map(|(flag, _)| *flag)
            .collect();
        return format!("is {state}, but is not what {} asks for", given.join(" with "));
    }
    let emptied = if is_empty { " and emptied" } else { "" };
    format!("is {state}{emptied}")
}

fn print(out: &mut impl Write, format: Format, counts: &[(&str, u64)]) -> io::Result<()> {
    if format == Format::Json {
        let counts = counts.iter().map(|(name, count)| ((*name).to_owned(), (*count).into()));
        let object = serde_json::Value::Object(counts.collect());
        return writeln!(out, "{object:#}");
    }
    for (name, count) in counts {
        writeln!(out, "{name:<13}  {}", grouped(*count))?;
    }
    Ok(())
}

/// What is to be done with letters, as in `Redrive` and `redrive`, and what comes of that.
type Question = ([&'static str; 2], &'static str);

/// Goes on only if a person says yes.
async fn consent(([what, to_do], stakes): Question, count: u64) -> Result<(), Failure> {
    let letters = counted(count, "letter");
    let advice = format!("there is no terminal to ask whether to {to_do} {letters}; pass --yes");
    if ask(format!("{what} {letters}? {stakes}"), &advice).await? {
        return Ok(());
    }
    Err(Failure::new(Exit::Failed, "nothing was changed"))
}
