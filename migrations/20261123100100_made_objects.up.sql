-- Undoing must remove what these migrations made and nothing else, on a database where the schema or the
-- library tables may have been there before. So what they made is written down.
do $$
begin
    -- not `if not exists`: that asks for the right to make schemas even where there is nothing to make
    if to_regnamespace('ingest') is null then
        create schema ingest;
    end if;
end
$$;

create table ingest.made_objects (
    object text primary key,
    made_at timestamptz not null default current_timestamp,
    alembic_revisions text[] not null default '{}'
);

comment on table ingest.made_objects is
    'objects outside the worker''s own tables that its migrations made; undoing them drops no others';
comment on column ingest.made_objects.object is
    'kind and name of the object, for example: table public.liked_tracks';
comment on column ingest.made_objects.made_at is
    'when the object was made';
comment on column ingest.made_objects.alembic_revisions is
    'revisions that Alembic was stamped with at that time; once they differ, the object may be Alembic''s';

-- The schema is ours only if this transaction made it: an administrator may have made it for a role that
-- must not make schemas, and such a schema has to survive.
insert into ingest.made_objects (object)
select 'schema ingest'
from pg_catalog.pg_namespace
where nspname = 'ingest' and xmin = pg_catalog.pg_current_xact_id()::pg_catalog.xid;
