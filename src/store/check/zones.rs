//! Time zones that other sessions begin with. The backend's defaults for its times follow its session's.

use sqlx::PgConnection;

/// What the server gives a session that nothing else tells its zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerZone {
    /// As its files say.
    Known(String),
    /// This role may not read the files; the server writes its log in this zone, which making a cluster sets alike.
    LogsIn(String),
}

/// A zone that is set for a database, a role, or a role in a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneOverride {
    /// Only in this database.
    pub is_of_database: bool,
    /// Only for this role.
    pub role: Option<String>,
    /// The zone.
    pub zone: String,
}

/// Where neither file nor command line names a zone.
const BUILT_IN: &str = "GMT";

/// Asks for the server's own zone.
pub async fn server_zone(connection: &mut PgConnection) -> sqlx::Result<ServerZone> {
    let shown = sqlx::query_file!("src/store/sql/check/shows_files.sql")
        .fetch_one(&mut *connection)
        .await?;
    if !shown.may_read {
        return Ok(ServerZone::LogsIn(shown.log_zone));
    }
    let in_files = sqlx::query_file!("src/store/sql/check/server_time_zone.sql")
        .fetch_optional(connection)
        .await?;
    Ok(ServerZone::Known(
        in_files.map_or_else(|| BUILT_IN.to_owned(), |row| row.zone),
    ))
}

/// Asks for everything that goes before the server's own zone in this database.
pub async fn zone_overrides(connection: &mut PgConnection) -> sqlx::Result<Vec<ZoneOverride>> {
    sqlx::query_file_as!(ZoneOverride, "src/store/sql/check/time_zones.sql")
        .fetch_all(connection)
        .await
}
