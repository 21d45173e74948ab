//! Charts of the last quarter of an hour, as SVG that stretches with the page.

use super::super::words::{self, escaped};
use super::verdict::FRESH_SECONDS;
use crate::telemetry::{Sample, Status};
use std::fmt::Write;

/// Width in units: one a second.
const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 100.0;
/// A line breaks where samples are further apart.
const GAP: f64 = 15.0;

struct Chart<'a> {
    name: &'static str,
    now: String,
    most: String,
    /// The value at the upper edge.
    top: f64,
    /// A dashed line, with what it stands for.
    bound: Option<(f64, &'static str)>,
    points: Vec<(f64, Option<f64>)>,
    class: &'a str,
}

/// Records that were stored a second.
pub(super) fn rate(status: &Status, html: &mut String) {
    let points = points(&status.history, |sample| Some(sample.records_per_second));
    let most = most(&points, status.records_per_second);
    let chart = Chart {
        name: "Rate",
        now: words::rate(status.records_per_second),
        most: words::rate(Some(most)),
        top: most.max(1.0) * 1.1,
        bound: None,
        points,
        class: "rate",
    };
    chart.draw(html);
}

/// Age of the oldest record that was not stored.
pub(super) fn lag(status: &Status, html: &mut String) {
    let points = points(&status.history, |sample| sample.lag_seconds);
    let most = most(&points, status.lag_seconds);
    let chart = Chart {
        name: "Lag",
        now: words::lag(status.lag_seconds),
        most: words::duration(most),
        top: most.max(FRESH_SECONDS) * 1.1,
        bound: Some((FRESH_SECONDS, "dashed: the promised 30 s")),
        points,
        class: "lag",
    };
    chart.draw(html);
}

fn points(history: &[Sample], value: fn(&Sample) -> Option<f64>) -> Vec<(f64, Option<f64>)> {
    let point = |sample: &Sample| (WIDTH - sample.seconds_ago, value(sample));
    history.iter().map(point).filter(|(x, _)| *x >= 0.0).collect()
}

fn most(points: &[(f64, Option<f64>)], now: Option<f64>) -> f64 {
    let values = points.iter().filter_map(|(_, value)| *value);
    values.chain(now).fold(0.0, f64::max)
}

impl Chart<'_> {
    fn draw(&self, html: &mut String) {
        let (name, now, most) = (self.name, escaped(&self.now), escaped(&self.most));
        let bound = self.bound.map_or("", |(_, meaning)| meaning);
        let _ = writeln!(
            html,
            "<figure class=\"frame {class}\"><figcaption><h2>{name}</h2><span>now <strong>{now}</strong>, \
             at most <strong>{most}</strong></span></figcaption>\n\
             <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" \
             aria-label=\"{name} over the last 15 minutes: now {now}, at most {most}\">{lines}</svg>\n\
             <p class=\"axis dim\"><span>15 min ago</span><span>{bound}</span><span>now</span></p></figure>",
            class = self.class,
            lines = self.lines(),
        );
    }

    fn lines(&self) -> String {
        let mut svg = String::new();
        for run in self.runs() {
            let line: Vec<_> = run.iter().map(|(x, y)| format!("{x:.0},{y:.1}")).collect();
            let (first, last) = (run.first().map_or(0.0, |it| it.0), run.last().map_or(0.0, |it| it.0));
            let line = line.join(" ");
            let _ = write!(
                svg,
                "<polygon points=\"{first:.0},{HEIGHT} {line} {last:.0},{HEIGHT}\"/><polyline points=\"{line}\"/>"
            );
        }
        if let Some((bound, _)) = self.bound {
            let y = self.y(bound);
            let _ = write!(svg, "<line x1=\"0\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
        }
        svg
    }

    /// Points that belong together: what is not known interrupts a line.
    fn runs(&self) -> Vec<Vec<(f64, f64)>> {
        let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
        let mut before = f64::NEG_INFINITY;
        for (x, value) in &self.points {
            let Some(value) = value else {
                before = f64::NEG_INFINITY;
                continue;
            };
            let point = (*x, self.y(*value));
            match runs.last_mut() {
                Some(run) if x - before <= GAP => run.push(point),
                _ => runs.push(vec![point]),
            }
            before = *x;
        }
        runs
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - value / self.top * HEIGHT
    }
}
