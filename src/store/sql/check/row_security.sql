-- Tables of which policies may hide rows from this role, or refuse them.
select format('public.%I', class.relname) as "table!"
from pg_catalog.pg_class as class
inner join pg_catalog.pg_namespace as schema on schema.oid = class.relnamespace
where schema.nspname = 'public'
    and class.relname in ('users', 'tracks', 'listening_history', 'liked_tracks')
    and class.relkind in ('r', 'p')
    and row_security_active(class.oid)
order by class.relname
