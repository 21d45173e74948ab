-- The functions that lock parents work with the rights of their owner.
select
    format('ingest.%I', function.proname) as "function!",
    owner.rolname::text as "owner!",
    format('public.%I', parent.relname) as "parent!",
    (
        has_schema_privilege(owner.oid, parent_schema.oid, 'usage')
        and has_any_column_privilege(owner.oid, parent.oid, 'update')
        and coalesce(has_column_privilege(owner.oid, parent.oid, id.attnum, 'select'), false)
    ) as "can_lock!"
from (values ('lock_users', 'users'), ('lock_tracks', 'tracks')) as pair (function, parent)
inner join pg_catalog.pg_proc as function on function.proname = pair.function
inner join pg_catalog.pg_namespace as schema on schema.oid = function.pronamespace and schema.nspname = 'ingest'
inner join pg_catalog.pg_roles as owner on owner.oid = function.proowner
inner join pg_catalog.pg_class as parent on parent.relname = pair.parent
inner join pg_catalog.pg_namespace as parent_schema
    on parent_schema.oid = parent.relnamespace and parent_schema.nspname = 'public'
left join pg_catalog.pg_attribute as id on id.attrelid = parent.oid and id.attname = 'id'
order by function.proname
