-- Room for more sessions. Only columns of pg_stat_activity that every role sees of all sessions; processes of
-- the server itself have no user. "workers" are those that call themselves as the worker does.
with session as (
    select datname, usename, application_name
    from pg_catalog.pg_stat_activity
    where datid is not null and usesysid is not null and pid <> pg_backend_pid()
)
select
    current_setting('max_connections')::bigint as "most!",
    current_setting('superuser_reserved_connections')::bigint
    + coalesce(current_setting('reserved_connections', true), '0')::bigint as "reserved!",
    (select count(*) from session) as "in_use!",
    (
        select count(*) from session where usename = session_user and application_name = $1
    ) as "workers!",
    role.rolconnlimit::bigint as "most_of_role!",
    (select count(*) from session where usename = session_user) as "in_use_by_role!",
    database.datconnlimit::bigint as "most_of_database!",
    (select count(*) from session where datname = current_database()) as "in_use_in_database!"
from pg_catalog.pg_roles as role
cross join pg_catalog.pg_database as database
where role.rolname = session_user and database.datname = current_database()
