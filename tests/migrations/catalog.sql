-- Everything that schemas ingest and public hold, one line each, without oids.
select line from (
    select format('schema %I: %s', n.nspname, obj_description(n.oid)) as line
    from pg_namespace as n where n.nspname = 'ingest'
    union all
    select format('%s %I.%I %s: %s', c.relkind, n.nspname, c.relname, c.reloptions, obj_description(c.oid, 'pg_class'))
    from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
    where n.nspname in ('ingest', 'public')
    union all
    select format(
        'column %s %s.%I %s not null %s default %s identity %s: %s', a.attnum, c.relname, a.attname,
        format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity,
        col_description(c.oid, a.attnum)
    )
    from pg_attribute as a
    inner join pg_class as c on a.attrelid = c.oid
    inner join pg_namespace as n on c.relnamespace = n.oid
    left join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
    where n.nspname in ('ingest', 'public') and a.attnum > 0 and not a.attisdropped and c.relkind = 'r'
    union all
    select format('constraint %s %s: %s', c.relname, k.conname, pg_get_constraintdef(k.oid))
    from pg_constraint as k
    inner join pg_class as c on k.conrelid = c.oid
    inner join pg_namespace as n on c.relnamespace = n.oid
    where n.nspname in ('ingest', 'public')
    union all
    select pg_get_indexdef(i.indexrelid)
    from pg_index as i
    inner join pg_class as c on i.indrelid = c.oid
    inner join pg_namespace as n on c.relnamespace = n.oid
    where n.nspname in ('ingest', 'public')
    union all
    select format('%s %s: %s', pg_get_functiondef(p.oid), p.proacl, obj_description(p.oid, 'pg_proc'))
    from pg_proc as p inner join pg_namespace as n on p.pronamespace = n.oid
    where n.nspname in ('ingest', 'public')
) as lines
order by line
