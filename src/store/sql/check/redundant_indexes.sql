-- Plain indexes of the library tables whose columns another index begins with. Of two equal ones only the
-- second is named. The table's rows are as many as the last analyze or vacuum counted, none where there was none.
select
    format('public.%I', class.relname) as "table!",
    name.relname::text as "name!",
    (array_agg(other_name.relname::text order by other.indisunique desc, other_name.relname))[1] as "served_by!",
    pg_catalog.pg_relation_size(name.oid) as "bytes!",
    case when class.reltuples > 0 then class.reltuples::bigint end as rows
from pg_catalog.pg_class as class
inner join pg_catalog.pg_namespace as schema on schema.oid = class.relnamespace
inner join pg_catalog.pg_index as index on index.indrelid = class.oid
inner join pg_catalog.pg_class as name on name.oid = index.indexrelid
inner join pg_catalog.pg_am as method on method.oid = name.relam
inner join pg_catalog.pg_index as other on other.indrelid = class.oid and other.indexrelid <> index.indexrelid
inner join pg_catalog.pg_class as other_name on other_name.oid = other.indexrelid and other_name.relam = name.relam
where schema.nspname = 'public'
    and class.relname in ('listening_history', 'liked_tracks')
    and method.amname = 'btree'
    and not index.indisunique
    and index.indnatts = index.indnkeyatts
    and index.indexprs is null and index.indpred is null
    and other.indisvalid and other.indpred is null and other.indexprs is null
    -- each is a list of numbers with spaces between them: the same columns, in the same order and collation
    and other.indkey::text || ' ' like index.indkey::text || ' %'
    and other.indclass::text || ' ' like index.indclass::text || ' %'
    and other.indcollation::text || ' ' like index.indcollation::text || ' %'
    and other.indoption::text || ' ' like index.indoption::text || ' %'
    and other.indnkeyatts >= index.indnkeyatts
    and (
        other.indisunique
        or other.indnkeyatts > index.indnkeyatts
        or other_name.relname < name.relname
    )
group by class.relname, class.reltuples, name.oid, name.relname
order by class.relname, name.relname
