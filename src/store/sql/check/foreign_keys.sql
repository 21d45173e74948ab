-- Foreign keys of the library tables, and whether PostgreSQL acts on them: their triggers can be switched off.
select
    format('public.%I', class.relname) as "table!",
    key.conname::text as "name!",
    key.convalidated as "is_validated!",
    bool_and(trigger.tgenabled in ('O', 'A')) as "is_enforced!"
from pg_catalog.pg_constraint as key
inner join pg_catalog.pg_class as class on class.oid = key.conrelid
inner join pg_catalog.pg_namespace as schema on schema.oid = class.relnamespace
inner join pg_catalog.pg_trigger as trigger on trigger.tgconstraint = key.oid
where key.contype = 'f'
    and schema.nspname = 'public'
    and class.relname in ('listening_history', 'liked_tracks')
group by class.relname, key.conname, key.convalidated
order by class.relname, key.conname
