-- Whole letters, in the order of their ids.
select
    id, consumer_group, topic, partition, record_offset, record_timestamp, record_key, record_value, record_headers,
    reason, detail, sqlstate, state, origin, in_ledger, attempts, first_failed_at, last_failed_at
from ingest.dead_letters
where id = any($1::bigint[])
order by id
