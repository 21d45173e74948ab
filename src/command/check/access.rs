//! Whether the worker is let do its work: rights, and room for its connections.

use super::finding::{Check, Finding};
use crate::config::Config;
use crate::store::check;
use crate::store::connection::WORKER;
use crate::store::{PgConnection, StoreError};

/// Connections of a worker beside its lanes: claims and positions, dead letters, and one for commands.
const BESIDE_LANES: usize = 3;

/// Room for a worker's connections.
pub(super) async fn connections(connection: &mut PgConnection, config: &Config) -> Result<Vec<Finding>, StoreError> {
    let name = config.database.application_name.as_deref().unwrap_or(WORKER);
    let sessions = check::sessions(connection, name).await?;
    let wanted = i64::try_from(config.writer.lanes + BESIDE_LANES).unwrap_or(i64::MAX);
    // a worker that runs already has its own
    let missing = wanted.saturating_sub(sessions.workers).max(0);
    let (free, limit) = sessions.free();
    let found = format!(
        "a worker wants {wanted}, {} in use by workers, {free} free ({limit})",
        sessions.workers
    );
    Ok(vec![if missing > free {
        Finding::fail(
            Check::Connections,
            found,
            "lower writer.lanes, raise the limit, or close connections of others",
        )
    } else {
        Finding::ok(Check::Connections, found)
    }])
}

/// The rights of this session's role, and of the owners of the functions that lock parents.
pub(super) async fn rights(connection: &mut PgConnection, role: &str) -> Result<Vec<Finding>, StoreError> {
    let check::Rights { lacking, absent } = check::rights(connection).await?;
    let mut findings = Vec::new();
    for (object, grant) in check::grants(&lacking, role) {
        let of_object = lacking.iter().filter(|right| right.object() == object);
        let privileges: Vec<_> = of_object.map(check::Needed::privilege).collect();
        findings.push(Finding::fail(
            Check::Rights,
            format!("{role} lacks {} on {object}", privileges.join(", ")),
            grant,
        ));
    }
    for owner in check::lock_owners(connection).await? {
        if !owner.can_lock {
            let check::LockOwner {
                function,
                owner,
                parent,
                ..
            } = owner;
            findings.push(Finding::fail(
                Check::Rights,
                format!("{function} works with the rights of its owner, and {owner} may not lock rows of {parent}"),
                format!("grant select (id), update (id) on {parent} to {owner}"),
            ));
        }
    }
    if findings.is_empty() {
        let held = check::needed().len() - absent;
        let found = match absent {
            0 => format!("{role} has all {held} that the worker needs"),
            _ => format!("{role} has {held} that the worker needs; {absent} are on what does not exist yet"),
        };
        findings.push(Finding::ok(Check::Rights, found));
    }
    Ok(findings)
}
