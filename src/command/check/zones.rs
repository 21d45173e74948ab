//! Time zones. The backend's defaults for its times are its session's local time, and the tables hold UTC.

use std::collections::BTreeSet;

use super::finding::{Check, Finding};
use crate::store::check::{ServerZone, ZoneOverride, server_zone, zone_overrides};
use crate::store::{PgConnection, StoreError};

/// Names of UTC, in lower case.
const UTC: &[&str] = &[
    "utc",
    "etc/utc",
    "uct",
    "etc/uct",
    "gmt",
    "etc/gmt",
    "gmt0",
    "gmt+0",
    "gmt-0",
    "etc/gmt0",
    "etc/gmt+0",
    "etc/gmt-0",
    "zulu",
    "etc/zulu",
    "universal",
    "etc/universal",
    "greenwich",
    "etc/greenwich",
];

/// Every finding about time zones.
pub(super) async fn judge(connection: &mut PgConnection, database: &str) -> Result<Vec<Finding>, StoreError> {
    let server = server_zone(connection).await?;
    let overrides = zone_overrides(connection).await?;
    Ok(findings(&server, &overrides, database))
}

fn findings(server: &ServerZone, overrides: &[ZoneOverride], database: &str) -> Vec<Finding> {
    let mut findings: Vec<_> = of_everybody(server, overrides, database).into_iter().collect();
    let roles: BTreeSet<_> = overrides.iter().filter_map(|it| it.role.as_deref()).collect();
    for role in roles {
        // PostgreSQL's order: a role's in this database goes before the role's elsewhere
        if let Some(zone) = find(overrides, Some(role)).filter(|zone| !is_utc(zone)) {
            findings.push(Finding::warn(
                Check::TimeZone,
                format!(
                    "sessions of role {role} begin in {zone}: times that the backend leaves to its defaults are not UTC"
                ),
                format!("if the backend connects as it: alter role {role} set timezone = 'UTC'"),
            ));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok(Check::TimeZone, "UTC for the database and every role"));
    }
    findings
}

fn of_everybody(server: &ServerZone, overrides: &[ZoneOverride], database: &str) -> Option<Finding> {
    let (zone, is_known) = match (find(overrides, None), server) {
        (Some(zone), _) => (zone, true),
        (None, ServerZone::Known(zone)) => (zone.as_str(), true),
        (None, ServerZone::LogsIn(zone)) => (zone.as_str(), false),
    };
    if is_utc(zone) {
        return None;
    }
    let found = if is_known {
        format!("sessions begin in {zone}: times that the backend leaves to its defaults are not UTC")
    } else {
        format!("the server's is not shown to this role; it writes its log in {zone}, and the two are mostly alike")
    };
    let advice = format!("alter database {database} set timezone = 'UTC', then let the backend connect again");
    Some(Finding::warn(Check::TimeZone, found, advice))
}

fn find<'a>(overrides: &'a [ZoneOverride], role: Option<&str>) -> Option<&'a str> {
    let of_role = || overrides.iter().filter(|it| it.role.as_deref() == role);
    let found = of_role().find(|it| it.is_of_database).or_else(|| of_role().next());
    found.map(|it| it.zone.as_str())
}

fn is_utc(zone: &str) -> bool {
    UTC.contains(&zone.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::check::finding::Verdict;

    fn set(is_of_database: bool, role: Option<&str>, zone: &str) -> ZoneOverride {
        ZoneOverride {
            is_of_database,
            role: role.map(str::to_owned),
            zone: zone.to_owned(),
        }
    }

    fn warnings(server: &ServerZone, overrides: &[ZoneOverride]) -> usize {
        let found = findings(server, overrides, "audiohm");
        found.iter().filter(|it| it.verdict == Verdict::Warn).count()
    }

    fn known(zone: &str) -> ServerZone {
        ServerZone::Known(zone.to_owned())
    }

    #[test]
    fn what_is_set_for_the_database_goes_before_the_servers_own_zone() {
        assert_eq!(warnings(&known("Europe/Berlin"), &[]), 1);
        assert_eq!(warnings(&known("Europe/Berlin"), &[set(true, None, "Etc/UTC")]), 0);
        assert_eq!(warnings(&known("UTC"), &[set(true, None, "Europe/Berlin")]), 1);
        let both = [set(true, None, "UTC"), set(false, None, "Europe/Berlin")];
        assert_eq!(warnings(&known("UTC"), &both), 0);
    }

    #[test]
    fn a_role_in_this_database_goes_before_the_role_elsewhere() {
        let elsewhere = set(false, Some("backend"), "Asia/Tokyo");
        assert_eq!(warnings(&known("UTC"), std::slice::from_ref(&elsewhere)), 1);
        let here = set(true, Some("backend"), "gmt");
        assert_eq!(warnings(&known("UTC"), &[here, elsewhere.clone()]), 0);
        assert_eq!(warnings(&known("Asia/Tokyo"), &[elsewhere]), 2);
    }

    #[test]
    fn where_the_servers_zone_is_hidden_the_one_of_its_log_raises_suspicion() {
        let hidden = |zone: &str| ServerZone::LogsIn(zone.to_owned());
        assert_eq!(warnings(&hidden("Europe/Berlin"), &[]), 1);
        assert_eq!(warnings(&hidden("Etc/UTC"), &[]), 0);
        assert_eq!(warnings(&hidden("Europe/Berlin"), &[set(true, None, "UTC")]), 0);
    }
}
