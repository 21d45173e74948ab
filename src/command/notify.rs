//! What a service manager is told (systemd, `Type=notify`): ready, alive, stopping, and a line on how things stand.
//! Where none listens, nothing is told.

use crate::telemetry::{Status, StatusBoard, process};
use sd_notify::NotifyState::{self, Ready, Stopping, Watchdog};
use std::io;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// Distance between two beats where there is no watchdog.
const BEAT: Duration = Duration::from_secs(5);

/// The settings are right and the admin port answers. Whatever else is missing, the worker waits for by itself: a
/// start that has to wait for a database must not count as failed.
pub(super) fn ready() {
    told(&tell(&[Ready]), false);
}

/// The worker was asked to end.
pub(super) fn stopping() {
    told(&tell(&[Stopping]), false);
}

/// Tells again and again how the worker is, as long as it is let.
pub(super) async fn keep_telling(board: StatusBoard) {
    // a lost beat or two must not cost the process its life
    let beat = sd_notify::watchdog_enabled().map_or(BEAT, |limit| limit / 4);
    let mut timer = interval(beat);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failed = false;
    loop {
        timer.tick().await;
        let line = line(&board.look());
        failed = told(&tell(&news(board.since_tick(), beat, &line)), failed);
    }
}

/// The main loop's own turns are the sign of life, not this timer's: a loop that hangs is not vouched for.
fn news(since_tick: Duration, beat: Duration, line: &str) -> Vec<NotifyState<'_>> {
    let mut news = vec![NotifyState::Status(line)];
    if since_tick < beat {
        news.push(Watchdog);
    }
    news
}

/// How things stand, in one line.
fn line(status: &Status) -> String {
    let failing = || status.checks.iter().filter(|check| !check.ok);
    // what nobody has looked at yet waits for what somebody has found
    if let Some(check) = failing().find(|check| check.is_known()).or(failing().next()) {
        let detail: Vec<_> = check.detail.split_whitespace().collect();
        return format!("not ready: {}: {}", check.name, detail.join(" "));
    }
    let of_known = |value: Option<f64>, unit: &str| value.map_or("unknown".to_owned(), |it| format!("{it:.1}{unit}"));
    format!(
        "ready: {} partitions, lag {}, {} stored",
        status.partitions.len(),
        of_known(status.lag_seconds, " s"),
        of_known(status.records_per_second, " records/s")
    )
}

fn tell(news: &[NotifyState<'_>]) -> io::Result<()> {
    sd_notify::notify(news)
}

/// Logs the first of several failures in a row; whether this was one.
fn told(result: &io::Result<()>, failed_before: bool) -> bool {
    if let Err(error) = result
        && !failed_before
    {
        process::systemd_not_told(error);
    }
    result.is_err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::check;

    fn is_alive(news: &[NotifyState<'_>]) -> bool {
        news.iter().any(|state| matches!(state, Watchdog))
    }

    #[tokio::test(start_paused = true)]
    async fn only_turns_of_the_main_loop_are_a_sign_of_life() {
        let board = StatusBoard::new("1.2.3", "group", &[]);
        for _ in 0..3 {
            tokio::time::advance(BEAT * 9 / 10).await;
            assert!(is_alive(&news(board.since_tick(), BEAT, "")));
            board.tick();
        }
        tokio::time::advance(BEAT).await;
        assert!(!is_alive(&news(board.since_tick(), BEAT, "")), "the loop hangs");
        board.tick();
        assert!(is_alive(&news(board.since_tick(), BEAT, "")));
    }

    #[test]
    fn the_line_names_what_is_missing_without_breaking() {
        let board = StatusBoard::new("1.2.3", "group", &[]);
        assert_eq!(line(&board.look()), "not ready: running: not looked at yet");
        board.check(check::DATABASE, Err("it is\naway".to_owned()));
        assert_eq!(line(&board.look()), "not ready: database: it is away");
        board.check(check::RUNNING, Ok(()));
        board.check(check::DATABASE, Ok(()));
        board.check(check::BROKER, Ok(()));
        let ready = line(&board.look());
        assert!(ready.starts_with("ready: 0 partitions, lag unknown, "), "{ready}");
    }
}
