//! How a replay gets on, on stderr: a bar on a terminal, a plain line every ten seconds elsewhere.

use crate::command::number::{counted, grouped, rate, span};
use crate::command::progress::{UNDISTURBED, key, say};
use crate::replay::Reached;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// How far a replay is.
#[derive(Debug)]
pub(super) struct Bar {
    name: String,
    total: u64,
    /// What earlier runs of the job have stored.
    before: u64,
    began: Instant,
    drawn: Option<ProgressBar>,
    line_due: Instant,
    trouble: Option<String>,
    /// How many partitions have been said to be unreadable.
    unreadable: usize,
}

impl Bar {
    pub(super) fn begin(name: &str, total: i64, before: i64) -> Self {
        let (total, before, began) = (total.unsigned_abs(), before.unsigned_abs(), Instant::now());
        Self {
            name: name.to_owned(),
            total,
            before,
            began,
            drawn: io::stderr().is_terminal().then(|| bar(name, total, before)),
            line_due: began + LINE_EVERY,
            trouble: None,
            unreadable: 0,
        }
    }

    /// Shows where the run is.
    pub(super) fn reached(&mut self, reached: &Reached) {
        for (partition, next_offset) in &reached.lost {
            self.aloud(&format!(
                "the log of {partition} has deleted records of the range before they were read; going on at {next_offset}"
            ));
        }
        for why in reached.unreadable.iter().skip(self.unreadable) {
            self.aloud(&format!("{why}; the rest of the range is read before the replay stops"));
        }
        self.unreadable = reached.unreadable.len();
        if self.trouble != reached.trouble {
            if let Some(trouble) = &reached.trouble {
                self.aloud(&format!("kafka cannot be reached, trying again: {trouble}"));
            }
            self.trouble.clone_from(&reached.trouble);
        }
        let done = self.before + reached.offsets.unsigned_abs();
        if let Some(bar) = &self.drawn {
            let (total, outcomes) = (grouped(self.total), outcomes(reached));
            let rate = rate(reached.offsets.unsigned_abs(), self.began.elapsed());
            let first = format!("{} of {total}, {rate}/s, {}", grouped(done), live(reached));
            bar.set_message(format!("{first}\n  {outcomes}"));
            bar.set_position(done);
        } else if Instant::now() >= self.line_due {
            self.line_due += LINE_EVERY;
            say(&self.line(done, reached));
        }
    }

    fn line(&self, done: u64, reached: &Reached) -> String {
        let (name, elapsed) = (&self.name, self.began.elapsed());
        let run = reached.offsets.unsigned_abs();
        let eta = eta(run, self.total.saturating_sub(done), elapsed);
        format!(
            "replay {name}: {} of {}, {}/s, ETA {eta}; {}; {}",
            grouped(done),
            counted(self.total, "record"),
            rate(run, elapsed),
            outcomes(reached),
            live(reached)
        )
    }

    /// A line that stays.
    fn aloud(&self, line: &str) {
        match &self.drawn {
            Some(bar) => bar.suspend(|| say(line)),
            None => say(line),
        }
    }

    /// It is over for now.
    pub(super) fn end(self) -> Duration {
        if let Some(bar) = &self.drawn {
            bar.finish_and_clear();
        }
        self.began.elapsed()
    }
}

/// How long it still takes, at the speed of this run; nobody knows before its first step.
#[expect(clippy::cast_precision_loss, reason = "an estimate need not be exact")]
fn eta(run: u64, left: u64, elapsed: Duration) -> String {
    if run == 0 {
        return "?".to_owned();
    }
    span(elapsed.mul_f64(left as f64 / run as f64))
}

fn outcomes(reached: &Reached) -> String {
    let ledger = &reached.ledger;
    format!(
        "new {}, changed {}, unchanged {}, dead {}",
        grouped(ledger.inserted),
        grouped(ledger.updated + ledger.removed),
        grouped(ledger.unchanged + ledger.skipped),
        grouped(ledger.dead_lettered)
    )
}

fn live(reached: &Reached) -> String {
    match (reached.yields, reached.live.lag) {
        (true, Some(lag)) => format!("waits for live ({} behind)", span(lag)),
        (_, Some(lag)) => format!("live lag {}", span(lag)),
        (_, None) => format!("live stands still, {} behind", grouped(reached.live.behind)),
    }
}

/// Three lines, so that everything has its place in 80 columns.
fn bar(name: &str, total: u64, before: u64) -> ProgressBar {
    let template =
        format!("{UNDISTURBED}{{prefix}}  {{wide_bar:.cyan/dim}}  {{percent:>3}} %  ETA {{left}}\n  {{msg}}");
    let left = move |state: &ProgressState| {
        let (run, left) = (state.pos().saturating_sub(before), total.saturating_sub(state.pos()));
        eta(run, left, state.elapsed())
    };
    let style = ProgressStyle::with_template(&template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─")
        .with_key("left", key(left));
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    bar.with_style(style).with_prefix(name.to_owned()).with_position(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_goes_by_what_this_run_has_done() {
        let elapsed = Duration::from_secs(10);
        assert_eq!(eta(0, 300, elapsed), "?");
        assert_eq!(eta(100, 300, elapsed), "30 s");
    }
}
