//! `--keep`: the worker as `run` has it, with a few events a second to look at.

use super::listeners::Listeners;
use crate::admin::Server;
use crate::command::exit::{Exit, Failure};
use crate::command::progress::say;
use crate::command::run::{self, RunArgs};
use crate::config::Config;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// Distance between two events: twenty a second.
const EVENT_EVERY: Duration = Duration::from_millis(50);

/// The admin port has to be free in the end, so it had better be at the start.
pub(super) async fn check_port(config: &Config) -> Result<(), Failure> {
    let server = Server::bind(&config.admin.listen.to_string()).await;
    server.map(drop).map_err(|error| Failure::new(Exit::Failed, error))
}

/// Runs until Ctrl-C or SIGTERM.
pub(super) async fn keep(config: &Config, listeners: Listeners) -> Result<(), Failure> {
    let sending = tokio::spawn(send_on(listeners));
    let end = run::serve(&RunArgs::default(), config).await;
    sending.abort();
    if end.is_ok() {
        say("stopped; all that was taken in is stored");
    }
    end
}

/// Sends until it is aborted; a broker that is away ends only this.
async fn send_on(mut listeners: Listeners) {
    let status = status_line();
    let mut due = interval(EVENT_EVERY);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sent = 0_u64;
    loop {
        due.tick().await;
        match listeners.send_now().await {
            Ok(_) => sent += 1,
            Err(failure) => {
                status.abandon_with_message(format!("no more events are sent: {failure}"));
                return;
            }
        }
        status.set_message(format!("live: {sent} events sent since; Ctrl-C ends it"));
        status.tick();
    }
}

/// Hidden where stderr is no terminal.
fn status_line() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}
