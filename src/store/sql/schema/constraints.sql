-- Foreign keys and checks of a table in schema public. The other kinds are seen as indexes, not null as a
-- column's property. A trigger that belongs to a constraint trigger has no columns and is left out.
select
    c.conname::text as name,
    c.contype = 'f' as is_foreign_key,
    array(
        select a.attname::text
        from unnest(c.conkey) with ordinality as k (attnum, place)
        inner join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.attnum
        order by k.place
    ) as columns,
    format('%s.%s', n.nspname, r.relname) as target,
    array(
        select a.attname::text
        from unnest(c.confkey) with ordinality as k (attnum, place)
        inner join pg_catalog.pg_attribute as a on a.attrelid = c.confrelid and a.attnum = k.attnum
        order by k.place
    ) as target_columns,
    c.confdeltype = 'c' as deletes_cascade,
    c.condeferred as is_deferred,
    pg_get_constraintdef(c.oid) as definition
from pg_catalog.pg_constraint as c
left join pg_catalog.pg_class as r on c.confrelid = r.oid
left join pg_catalog.pg_namespace as n on r.relnamespace = n.oid
where c.conrelid = to_regclass(format('public.%I', $1::text)) and c.contype in ('f', 'c')
order by c.conname
