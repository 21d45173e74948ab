//! What a place does in a build with the feature.

use super::Place;
use std::env;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tracing::{error, warn};

struct Order {
    place: Place,
    /// How many times the place has yet to be reached.
    left: AtomicU64,
    /// None aborts.
    delay: Option<Duration>,
}

static ORDER: OnceLock<Option<Order>> = OnceLock::new();
static TALLY: OnceLock<Option<File>> = OnceLock::new();

pub(crate) fn reach(place: Place) {
    let order = ORDER.get_or_init(|| {
        let text = env::var("FAILPOINT").ok()?;
        let order = parse(&text);
        if order.is_none() {
            // a test that waits for it would wait in vain
            error!(text, "FAILPOINT is not PLACE:COUNT:ACTION");
            std::process::abort();
        }
        order
    });
    let Some(order) = order.as_ref().filter(|order| order.place == place) else {
        return;
    };
    let before = order
        .left
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
    if before != Ok(1) {
        return;
    }
    warn!(?place, "failpoint reached");
    match order.delay {
        Some(delay) => std::thread::sleep(delay),
        None => std::process::abort(),
    }
}

/// Counts records that were taken from the log.
pub(crate) fn took(records: usize) {
    let open = |path| OpenOptions::new().create(true).append(true).open(path);
    let tally = TALLY.get_or_init(|| env::var_os("FAILPOINT_TALLY").and_then(|path| open(path).ok()));
    if let Some(mut tally) = tally.as_ref()
        && let Err(problem) = tally.write_all(&vec![b'.'; records])
    {
        error!(%problem, "FAILPOINT_TALLY cannot be written");
        std::process::abort();
    }
}

fn parse(text: &str) -> Option<Order> {
    let (place, rest) = text.split_once(':')?;
    let (count, action) = rest.split_once(':')?;
    let delay = match action.strip_prefix("delay=") {
        Some(milliseconds) => Some(Duration::from_millis(milliseconds.parse().ok()?)),
        None if action == "abort" => None,
        None => return None,
    };
    Some(Order {
        place: place_of(place)?,
        left: AtomicU64::new(count.parse().ok()?),
        delay,
    })
}

fn place_of(name: &str) -> Option<Place> {
    Some(match name {
        "after_poll" => Place::AfterPoll,
        "before_begin" => Place::BeforeBegin,
        "after_insert" => Place::AfterInsert,
        "before_commit" => Place::BeforeCommit,
        "after_commit" => Place::AfterCommit,
        "after_hint" => Place::AfterHint,
        "in_revoke" => Place::InRevoke,
        _ => return None,
    })
}
