-- Indexes of a table in schema public. A key column that is an expression comes as null.
select
    c.relname::text as name,
    array(
        select a.attname::text
        from unnest(i.indkey::smallint[]) with ordinality as k (attnum, place)
        left join pg_catalog.pg_attribute as a
            on a.attrelid = i.indrelid and a.attnum = k.attnum and k.attnum > 0
        where k.place <= i.indnkeyatts
        order by k.place
    ) as columns,
    i.indisprimary as is_primary,
    i.indisunique as is_unique,
    i.indisexclusion as is_exclusion,
    i.indimmediate as is_immediate,
    i.indisvalid as is_valid,
    i.indpred is not null as is_partial,
    m.amname = 'btree' as is_btree
from pg_catalog.pg_index as i
inner join pg_catalog.pg_class as c on i.indexrelid = c.oid
inner join pg_catalog.pg_am as m on c.relam = m.oid
where i.indrelid = to_regclass(format('public.%I', $1::text))
order by c.relname
