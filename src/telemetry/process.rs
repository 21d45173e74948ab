//! What happens to the process as a whole.

use super::Build;
use std::fmt::Display;
use std::time::Duration;
use tracing::{error, info, warn};

/// The worker starts.
pub fn started(build: Build<'_>, group_id: &str, topics: &[String]) {
    info!(
        version = build.version,
        librdkafka = build.librdkafka,
        group_id,
        ?topics,
        "worker starts"
    );
}

/// The admin port answers at `address`.
pub fn admin_listens(address: &dyn Display) {
    info!(%address, "admin port open");
}

/// The worker cannot start yet; it looks again until it can, and says so again when something else is missing.
pub fn waiting(missing: &dyn Display) {
    warn!(%missing, "the start has to wait");
}

/// Somebody asked the worker to end; it has until `deadline`.
pub fn stopping(cause: &'static str, deadline: Duration) {
    info!(cause, ?deadline, "stopping: what was taken in is stored first");
}

/// The worker ends and everything it had taken in is stored.
pub fn stopped() {
    info!("stopped");
}

/// The deadline cut the end short. The records left will be read again.
pub fn stopped_at_deadline(deadline: Duration) {
    warn!(
        ?deadline,
        "stopped at the deadline; what is not stored will be read again, nothing is lost"
    );
}

/// The process cannot go on.
pub fn fatal(error: &dyn Display) {
    error!(%error, "the worker cannot go on");
}

/// Everything that was in the topics at the start is stored.
pub fn caught_up() {
    info!("everything that was in the topics at the start is stored");
}

/// The admin port failed; the worker goes on without it.
pub fn admin_failed(error: &dyn Display) {
    error!(%error, "the admin port failed");
}

/// The service manager that started the worker takes no news; a watchdog of its will end the process.
pub fn systemd_not_told(error: &dyn Display) {
    warn!(%error, "the service manager cannot be told (NOTIFY_SOCKET)");
}
