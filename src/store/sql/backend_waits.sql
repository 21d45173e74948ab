-- Whether a deletion of a user or track waits for one of the worker's sessions. Whoever is next in line for a row
-- holds or wants a lock on the tuple itself; for a deletion it is the strongest.
select exists (
    select
    from pg_catalog.pg_locks as line
    where line.locktype = 'tuple'
        and line.database = (select oid from pg_catalog.pg_database where datname = current_database())
        and line.relation in ('public.users'::regclass, 'public.tracks'::regclass)
        and line.mode = 'AccessExclusiveLock'
        and exists (
            select
            from pg_catalog.pg_stat_activity as worker
            where worker.pid = any(pg_catalog.pg_blocking_pids(line.pid))
                and worker.application_name = current_setting('application_name')
        )
) as "waits!"
