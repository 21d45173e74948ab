//! How long an event takes from its sending to a row that others see.

use super::listeners::Listeners;
use crate::command::exit::{Exit, Failure};
use crate::generate::Sort;
use crate::store::demo::Stage;
use std::time::{Duration, Instant};
use tokio::time::sleep;
use uuid::Uuid;

/// Plays that are timed, one after another.
const TIMED: usize = 15;
/// How often the database is asked for the row.
const LOOK_EVERY: Duration = Duration::from_millis(3);
/// Far longer than any batch waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// From handing an event to the client to seeing its row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Freshness {
    pub(super) plays: usize,
    pub(super) median: Duration,
    pub(super) slowest: Duration,
}

/// Sends plays one by one and waits for the row of each.
pub(super) async fn measure(listeners: &mut Listeners, stage: &mut Stage) -> Result<Freshness, Failure> {
    let mut times = Vec::with_capacity(TIMED);
    while times.len() < TIMED {
        let sent_at = Instant::now();
        let made = listeners.send_now().await?;
        // likes and repetitions are sent along, but make no new row with a known id
        if made.sort == Sort::Play {
            await_row(stage, made.event_id, sent_at).await?;
            times.push(sent_at.elapsed());
        }
    }
    times.sort_unstable();
    let at = |index: usize| times.get(index).copied().unwrap_or_default();
    Ok(Freshness {
        plays: times.len(),
        median: at(times.len() / 2),
        slowest: at(times.len() - 1),
    })
}

async fn await_row(stage: &mut Stage, id: Uuid, sent_at: Instant) -> Result<(), Failure> {
    while !stage.has_play(id).await? {
        if sent_at.elapsed() > PATIENCE {
            let message = format!("play {id} was sent and did not become a row");
            return Err(Failure::new(Exit::Failed, message));
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(())
}
