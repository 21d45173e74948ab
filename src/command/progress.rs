//! Progress of something long, on stderr: a bar on a terminal, a line now and then elsewhere.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::style::ProgressTracker;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::number::{counted, grouped, grouped_round, rate, seconds, span};
use super::wrap::tell;

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// What is going on, and what has then been done: `sending` and `sent`.
pub(super) type Words = (&'static str, &'static str);

/// How far something is.
#[derive(Debug)]
pub(super) struct Progress {
    words: Words,
    unit: &'static str,
    total: u64,
    began: Instant,
    bar: Option<ProgressBar>,
    line_due: Instant,
}

impl Progress {
    pub(super) fn begin(words: Words, total: u64) -> Self {
        Self::counting(words, "event", total)
    }

    /// The same for something that is not counted in events; `unit` is one of it.
    pub(super) fn counting(words: Words, unit: &'static str, total: u64) -> Self {
        let began = Instant::now();
        Self {
            words,
            unit,
            total,
            began,
            bar: io::stderr().is_terminal().then(|| bar(words.0, unit, total)),
            line_due: began + LINE_EVERY,
        }
    }

    /// So many of all are done by now.
    pub(super) fn reached(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        } else if Instant::now() >= self.line_due {
            self.line_due += LINE_EVERY;
            let (doing, done_now, rate) = (self.words.0, grouped(done), rate(done, self.began.elapsed()));
            let (total, unit) = (counted(self.total, self.unit), self.unit);
            say(&format!("{doing}: {done_now} of {total}, {rate} {unit}s/s"));
        }
    }

    /// It is over, with so many done; a line stays in the place of the bar.
    pub(super) fn end(self, done: u64) {
        let elapsed = self.began.elapsed();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let (has_done, done) = (self.words.1, counted(done, self.unit));
        say(&format!("{has_done} {done} in {}", seconds(elapsed)));
    }
}

fn bar(doing: &'static str, unit: &'static str, total: u64) -> ProgressBar {
    let template = format!(
        "{UNDISTURBED}{{prefix}}  {{wide_bar:.cyan/dim}}  {{done}} of {{all}}  {{rate}} {unit}s/s  ETA {{left}}"
    );
    let style = ProgressStyle::with_template(&template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─")
        .with_key("done", key(|state| grouped(state.pos())))
        .with_key("all", key(|state| grouped(state.len().unwrap_or(0))))
        .with_key("rate", key(|state| format!("{:>7}", grouped_round(state.per_sec()))))
        .with_key("left", key(left));
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    bar.with_style(style).with_prefix(doing)
}

/// What a bar begins with. The `^C` that a terminal shows pushes it down by a line, and its first one stays behind: an empty
/// one does not disturb.
pub(super) const UNDISTURBED: &str = "\n";

/// A part of the bar that is worked out from its state.
pub(super) fn key(text: impl Fn(&ProgressState) -> String + Clone + Send + Sync + 'static) -> impl ProgressTracker {
    move |state: &ProgressState, to: &mut dyn std::fmt::Write| {
        // a bar that cannot be drawn is no reason to stop
        let _ = to.write_str(&text(state));
    }
}

/// How long it still takes; nobody knows before the first step.
fn left(state: &ProgressState) -> String {
    if state.pos() == 0 {
        "?".to_owned()
    } else {
        span(state.eta())
    }
}

/// Lines on stderr, which is where everything goes that is no result. For a terminal each is broken at its own indent.
pub(super) fn say(text: &str) {
    let wrapped = io::stderr().is_terminal();
    let mut out = Vec::new();
    for line in text.lines() {
        let words = line.trim_start();
        let indent = line.len() - words.len();
        out.resize(out.len() + indent, b' ');
        // memory takes everything
        let _ = tell(&mut out, words, wrapped.then_some(indent));
    }
    // nobody is left to tell if stderr is closed
    let _ = io::stderr().write_all(&out);
}
