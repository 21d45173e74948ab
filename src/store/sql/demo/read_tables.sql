-- Everything in the database that holds rows and belongs neither to PostgreSQL nor to an extension.
select
    pg_namespace.nspname || '.' || pg_class.relname as "name!",
    obj_description(pg_class.oid, 'pg_class') as remark
from pg_class
join pg_namespace on pg_namespace.oid = pg_class.relnamespace
where pg_class.relkind in ('r', 'p', 'v', 'm', 'f')
    and pg_namespace.nspname <> 'information_schema'
    and pg_namespace.nspname !~ '^pg_'
    and not exists (
        select from pg_depend
        where pg_depend.classid = 'pg_class'::regclass
            and pg_depend.objid = pg_class.oid
            and pg_depend.deptype = 'e'
    )
order by 1
