-- Three roles, each with the rights that its work needs and no others:
--
--   audiohm_ingest_owner    owns schema ingest and runs `migrate`
--   audiohm_ingest          runs the worker, and the commands that change what it keeps
--   audiohm_ingest_reader   only reads: audits, dashboards, a person who looks
--
-- To be executed as a superuser before the first `migrate up`, and again after every `migrate up`: a right can be given
-- only on what is there. It takes nothing from anybody else, and a second time changes nothing.
--
--   psql --dbname=audiohm --set=ON_ERROR_STOP=1 --file=deploy/postgres/roles.sql
--
-- The roles have no password; `\password audiohm_ingest` in psql sets one. `audiohm-ingest check`, as the worker's role,
-- names every right that is missing. All of it is one statement, so it happens whole or not at all.
do $roles$
declare
    made_by_us boolean := to_regclass('public.alembic_version') is null
        and (to_regclass('public.listening_history') is null or to_regclass('public.liked_tracks') is null);
    entry record;
begin
    for entry in
        select unnest(array['audiohm_ingest_owner', 'audiohm_ingest', 'audiohm_ingest_reader']) as role
    loop
        if to_regrole(entry.role) is null then
            begin
                execute format('create role %I login', entry.role);
            exception
                -- somebody who prepares another database of this server was faster
                when duplicate_object or unique_violation then null;
            end;
        end if;
        execute format('grant connect on database %I to %I', current_database(), entry.role);
    end loop;

    if to_regnamespace('ingest') is null then
        create schema ingest authorization audiohm_ingest_owner;
    end if;

    -- where `migrate up` ran as another role until now
    for entry in
        select format('table %s', oid::regclass) as object
        from pg_catalog.pg_class
        where relnamespace = 'ingest'::regnamespace and relkind = 'r' and relowner <> 'audiohm_ingest_owner'::regrole
        union all
        select format('function %s', oid::regprocedure)
        from pg_catalog.pg_proc
        where pronamespace = 'ingest'::regnamespace and proowner <> 'audiohm_ingest_owner'::regrole
        union all
        select 'schema ingest'
        from pg_catalog.pg_namespace
        where nspname = 'ingest' and nspowner <> 'audiohm_ingest_owner'::regrole
    loop
        execute format('alter %s owner to audiohm_ingest_owner', entry.object);
    end loop;

    -- `migrate up` makes the two library tables itself where there is no Alembic; once they are there, nothing in the
    -- backend's schema is the owner's to make
    if made_by_us then
        grant create on schema public to audiohm_ingest_owner;
        grant references on public.users, public.tracks to audiohm_ingest_owner;
    else
        revoke create on schema public from audiohm_ingest_owner;
        revoke references on public.users, public.tracks from audiohm_ingest_owner;
    end if;

    for entry in
        select role, object, privileges
        from (
            values
            -- the two functions that lock parents work with their owner's rights; a row lock wants `update`
            ('audiohm_ingest_owner', 'schema public', 'usage'),
            ('audiohm_ingest_owner', 'public.users', 'select (id), update (id)'),
            ('audiohm_ingest_owner', 'public.tracks', 'select (id), update (id)'),
            ('audiohm_ingest_owner', 'public.alembic_version', 'select'),

            -- held against the program's own list by `cargo test --test house`
            ('audiohm_ingest', 'schema public', 'usage'),
            ('audiohm_ingest', 'public.users', 'select (id)'),
            ('audiohm_ingest', 'public.tracks', 'select (id)'),
            ('audiohm_ingest', 'public.listening_history', 'select, insert (id, user_id, track_id, played_at, played_for, completed, source), update (played_for, completed, source)'),
            ('audiohm_ingest', 'public.liked_tracks', 'select, insert (user_id, track_id, created_at, updated_at, notes), update (created_at, updated_at, notes), delete'),
            ('audiohm_ingest', 'schema ingest', 'usage'),
            ('audiohm_ingest', 'ingest._sqlx_migrations', 'select'),
            ('audiohm_ingest', 'ingest.progress', 'select, insert, update'),
            ('audiohm_ingest', 'ingest.dead_letters', 'select, insert, update'),
            ('audiohm_ingest', 'ingest.like_state', 'select, insert, update'),
            ('audiohm_ingest', 'ingest.replays', 'select, insert, update'),
            ('audiohm_ingest', 'ingest.replay_partitions', 'select, insert, update'),
            ('audiohm_ingest', 'function ingest.lock_users(uuid[])', 'execute'),
            ('audiohm_ingest', 'function ingest.lock_tracks(uuid[])', 'execute'),

            ('audiohm_ingest_reader', 'schema public', 'usage'),
            ('audiohm_ingest_reader', 'public.users', 'select (id)'),
            ('audiohm_ingest_reader', 'public.tracks', 'select (id)'),
            ('audiohm_ingest_reader', 'public.listening_history', 'select'),
            ('audiohm_ingest_reader', 'public.liked_tracks', 'select'),
            ('audiohm_ingest_reader', 'schema ingest', 'usage'),
            ('audiohm_ingest_reader', 'all tables in schema ingest', 'select')
        ) as wanted (role, object, privileges)
        where case
            when object like 'schema %' then to_regnamespace(substr(object, 8)) is not null
            when object like 'function %' then to_regprocedure(substr(object, 10)) is not null
            when object like 'all tables %' then true
            else to_regclass(object) is not null
        end
    loop
        execute format('grant %s on %s to %I', entry.privileges, entry.object, entry.role);
    end loop;
end
$roles$;
