//! Waiting for conditions: never for a time.

use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long anything may take on a busy machine before a test calls it never.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Waits until the condition holds.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    eventually(what, async || holds().await.then_some(())).await;
}

/// Waits until there is something.
pub(crate) async fn eventually<Found>(what: &str, mut look: impl AsyncFnMut() -> Option<Found>) -> Found {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} in vain: {what}");
        sleep(LOOK_AGAIN).await;
    }
}
