-- For each right that is needed: whether this role has it; null where the object does not exist. By the
-- catalogs, because a name in a schema without the right to use it would be an error.
select
    case needed.kind
        when 'schema' then has_schema_privilege(schema.oid, needed.privilege)
        when 'function' then has_function_privilege(function.oid, needed.privilege)
        else case
            when needed.columns = '' then has_table_privilege(class.oid, needed.privilege)
            else (
                select bool_and(has_column_privilege(class.oid, attribute.attnum, needed.privilege))
                from pg_catalog.pg_attribute as attribute
                where attribute.attrelid = class.oid
                    and attribute.attname = any(string_to_array(needed.columns, ', '))
            )
        end
    end as held
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    with ordinality as needed (kind, schema, name, privilege, columns, place)
left join pg_catalog.pg_namespace as schema on schema.nspname = needed.schema
left join pg_catalog.pg_class as class
    on class.relnamespace = schema.oid and class.relname = needed.name and needed.kind = 'table'
left join pg_catalog.pg_proc as function
    on function.pronamespace = schema.oid and function.proname = needed.name and needed.kind = 'function'
    and function.proargtypes::text = 'uuid[]'::regtype::oid::text
order by needed.place
