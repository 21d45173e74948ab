//! Roles, rights, connections, and what is set for roles and databases.

use audiohm_ingest::store::check::{grants, needed};
use sqlx::PgConnection;

use crate::place::{Place, Role, execute};

/// A right set-up with a role that has the rights that the worker needs, and no others. The role comes first, so
/// that it is dropped last.
pub(crate) async fn restricted() -> (Role, Place, PgConnection) {
    let place = Place::right().await;
    let mut conn = place.database.connect().await;
    execute(&mut conn, "revoke all on schema public from public").await;
    let role = Role::new(&mut conn).await;
    for grant in grants(needed(), &role.name).values() {
        execute(&mut conn, grant).await;
    }
    (role, place, conn)
}

#[tokio::test]
async fn a_role_with_the_rights_that_are_needed_passes() {
    let (role, place, _) = restricted().await;
    let said = place.check_as(&role.url(&place.database), &[]).await;
    said.only("fail", &[]);
    said.only("skip", &[]);
    said.only("warn", &[]);
    assert_eq!(said.code, 0, "{said:?}");
}

#[tokio::test]
async fn a_missing_right_fails_with_the_grant_that_mends_it() {
    let (role, place, mut conn) = restricted().await;
    let name = &role.name;
    execute(
        &mut conn,
        &format!(
            "revoke delete, update (created_at, updated_at, notes) on public.liked_tracks from {name};
             revoke execute on function ingest.lock_users from {name};
             revoke select (id) on public.tracks from {name}"
        ),
    )
    .await;
    let url = role.url(&place.database);
    let said = place.check_as(&url, &[]).await;
    said.only(
        "fail",
        &[
            ("rights: ", "lacks execute on function ingest.lock_users(uuid[])"),
            (
                "rights: ",
                "lacks update (created_at, updated_at, notes), delete on public.liked_tracks",
            ),
            ("rights: ", "lacks select (id) on public.tracks"),
        ],
    );
    for finding in said.findings().iter().filter(|finding| finding["verdict"] == "fail") {
        execute(&mut conn, finding["advice"].as_str().unwrap()).await;
    }
    assert_eq!(place.check_as(&url, &[]).await.code, 0);
}

#[tokio::test]
async fn without_the_schema_right_the_rest_is_looked_at_all_the_same() {
    let (role, place, mut conn) = restricted().await;
    execute(&mut conn, &format!("revoke usage on schema ingest from {}", role.name)).await;
    let said = place.check_as(&role.url(&place.database), &[]).await;
    said.only(
        "fail",
        &[
            ("schema: the list of migrations cannot be read", "permission denied"),
            ("rights: ", "grant usage on schema ingest to"),
        ],
    );
}

#[tokio::test]
async fn an_owner_of_the_locks_that_may_not_lock_fails() {
    let (role, place, mut conn) = restricted().await;
    let give = format!("alter function ingest.lock_tracks owner to {}", role.name);
    execute(&mut conn, &give).await;
    let said = place.check_as(&role.url(&place.database), &[]).await;
    let mend = format!("grant select (id), update (id) on public.tracks to {}", role.name);
    said.only(
        "fail",
        &[("rights: ingest.lock_tracks works with the rights of its owner", &mend)],
    );
    execute(&mut conn, &mend).await;
    assert_eq!(place.check_as(&role.url(&place.database), &[]).await.code, 0);
}

#[tokio::test]
async fn row_security_is_told_where_it_holds_for_the_role() {
    let (role, place, mut conn) = restricted().await;
    execute(&mut conn, "alter table public.users enable row level security").await;
    let said = place.check_as(&role.url(&place.database), &[]).await;
    said.only(
        "warn",
        &[("row security: policies on public.users hold for this role", "bypassrls")],
    );
    said.only("fail", &[]);
    execute(
        &mut conn,
        "alter table public.listening_history enable row level security",
    )
    .await;
    let said = place.check_as(&role.url(&place.database), &[]).await;
    said.only(
        "fail",
        &[("row security: policies on public.listening_history", "bypassrls")],
    );
    // the owner sees everything
    place.check().await.only("warn", &[]);
}

#[tokio::test]
async fn too_few_connections_fail() {
    let (role, place, mut conn) = restricted().await;
    execute(&mut conn, &format!("alter role {} connection limit 4", role.name)).await;
    let url = role.url(&place.database);
    let said = place.check_as(&url, &["--set=writer.lanes=1"]).await;
    said.only("fail", &[]);
    let said = place.check_as(&url, &["--set=writer.lanes=2"]).await;
    said.only(
        "fail",
        &[("connections: a worker wants 5", "4 free (this role may have 4)")],
    );
}

#[tokio::test]
async fn a_zone_that_is_not_utc_is_warned_of_for_database_and_role() {
    let (role, place, mut conn) = restricted().await;
    let database = database_name(&mut conn).await;
    execute(
        &mut conn,
        &format!("alter role {} set timezone = 'America/New_York'", role.name),
    )
    .await;
    execute(
        &mut conn,
        &format!("alter database {database} set timezone = 'Europe/Berlin'"),
    )
    .await;
    let said = place.check().await;
    let of_database = format!("alter database {database} set timezone = 'UTC'");
    let of_role = format!("alter role {} set timezone = 'UTC'", role.name);
    said.only(
        "warn",
        &[
            ("time zone: sessions begin in Europe/Berlin", &of_database),
            ("time zone: sessions of role", &of_role),
        ],
    );
    assert_eq!(said.code, 0);
    execute(&mut conn, &of_database).await;
    execute(&mut conn, &of_role).await;
    place.check().await.only("warn", &[]);
}

#[tokio::test]
async fn settings_of_the_database_that_endanger_commits_are_told() {
    let place = Place::right().await;
    let mut conn = place.database.connect().await;
    let database = database_name(&mut conn).await;
    execute(
        &mut conn,
        &format!("alter database {database} set default_transaction_read_only = on"),
    )
    .await;
    let said = place.check().await;
    said.only("fail", &[("writable: default_transaction_read_only is on", "reset it")]);
}

async fn database_name(conn: &mut PgConnection) -> String {
    sqlx::query_scalar("select current_database()::text")
        .fetch_one(conn)
        .await
        .unwrap()
}

#[tokio::test]
async fn leaving_out_foreign_keys_needs_a_right_and_no_triggers() {
    let (role, place, mut conn) = restricted().await;
    let url = role.url(&place.database);
    let batched = ["--set=writer.parent_check=batched"];
    let said = place.check_as(&url, &batched).await;
    let grant = format!("grant set on parameter session_replication_role to {}", role.name);
    said.only("fail", &[("parent check: batched is not possible: the role", &grant)]);
    execute(&mut conn, &grant).await;
    place.check_as(&url, &batched).await.only("fail", &[]);
    execute(
        &mut conn,
        "create function public.note() returns trigger language plpgsql as 'begin return new; end';
         create trigger note after insert on liked_tracks for each row execute function public.note()",
    )
    .await;
    let said = place.check_as(&url, &batched).await;
    said.only(
        "fail",
        &[(
            "parent check: batched is not possible: note on public.liked_tracks",
            "drop it",
        )],
    );
    // a right cannot go with its role
    let revoke = format!("revoke all on parameter session_replication_role from {}", role.name);
    execute(&mut conn, &revoke).await;
}
