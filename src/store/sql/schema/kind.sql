-- What stands under this name in schema public; no row where nothing does.
select
    case c.relkind
        when 'r' then 'a table'
        when 'p' then 'a table'
        when 'v' then 'a view'
        when 'm' then 'a materialized view'
        when 'f' then 'a foreign table'
        else 'something that is no table'
    end as kind
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
where n.nspname = 'public' and c.relname = $1::text
