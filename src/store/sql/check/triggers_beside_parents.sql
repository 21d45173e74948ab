-- Triggers on the library tables that fire otherwise under session_replication_role = replica, but for those of the
-- foreign keys to users and tracks. Constraints that work by triggers are among them.
select
    format('public.%I', class.relname) as "table!",
    coalesce(key.conname, trigger.tgname)::text as "name!"
from pg_catalog.pg_trigger as trigger
inner join pg_catalog.pg_class as class on class.oid = trigger.tgrelid
inner join pg_catalog.pg_namespace as schema on schema.oid = class.relnamespace
left join pg_catalog.pg_constraint as key on key.oid = trigger.tgconstraint
where schema.nspname = 'public'
    and class.relname in ('listening_history', 'liked_tracks')
    and trigger.tgenabled in ('O', 'R')
    and not (
        key.contype is not distinct from 'f'
        and key.conrelid = class.oid
        and key.confrelid in (to_regclass('public.users'), to_regclass('public.tracks'))
    )
group by 1, 2
order by 1, 2
