-- Columns of a table in schema public, in their order.
select
    a.attname::text as name,
    format_type(a.atttypid, a.atttypmod) as type_name,
    a.attnotnull or t.typnotnull as not_null,
    a.atthasdef or a.attidentity <> '' or t.typdefault is not null as has_default,
    a.attgenerated <> '' or a.attidentity = 'a' as generated
from pg_catalog.pg_attribute as a
inner join pg_catalog.pg_type as t on a.atttypid = t.oid
where a.attrelid = to_regclass(format('public.%I', $1::text)) and a.attnum > 0 and not a.attisdropped
order by a.attnum
