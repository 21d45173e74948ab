-- By the catalogs, which need no right on the schema.
select
    exists (select from pg_catalog.pg_namespace where nspname = 'ingest') as schema_exists,
    exists (
        select from pg_catalog.pg_class as c
        inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
        where n.nspname = 'ingest' and c.relname = '_sqlx_migrations'
    ) as list_exists
