-- Locks chosen letters that are still in one of the states and have their value; passes over what another has taken.
select
    id, topic, partition, record_offset,
    (extract(epoch from record_timestamp) * 1000)::bigint as record_timestamp,
    record_key, record_value, record_headers
from ingest.dead_letters
where id = any($1::bigint[]) and state = any($2::text[]) and record_value is not null
order by id
for update skip locked
