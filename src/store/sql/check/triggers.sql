-- Triggers on the library tables that are no foreign key's.
select
    format('public.%I', class.relname) as "table!",
    trigger.tgname::text as "name!",
    format('%I.%I', owner.nspname, function.proname) as "function!"
from pg_catalog.pg_trigger as trigger
inner join pg_catalog.pg_class as class on class.oid = trigger.tgrelid
inner join pg_catalog.pg_namespace as schema on schema.oid = class.relnamespace
inner join pg_catalog.pg_proc as function on function.oid = trigger.tgfoid
inner join pg_catalog.pg_namespace as owner on owner.oid = function.pronamespace
where schema.nspname = 'public'
    and class.relname in ('listening_history', 'liked_tracks')
    and not trigger.tgisinternal
    and trigger.tgenabled in ('O', 'A')
order by class.relname, trigger.tgname
