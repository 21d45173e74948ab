-- Letters lose their content and keep their coordinates. One that is not settled is given up with it: without its value
-- it would be taken for a tombstone. For an erasure ($3) the detail, which may quote the value, keeps only the field.
update ingest.dead_letters
set record_key = null,
    record_value = null,
    record_headers = '[]',
    state = case when state in ('open', 'waiting') then 'discarded' else state end,
    next_retry_at = null,
    detail = case when $3 then split_part(detail, ':', 1) || ': purged' else detail end
where id in (
    select id from ingest.dead_letters where id = any($1::bigint[]) and state = any($2::text[]) order by id for update
)
