-- Letters that have become rows, or turned out to change nothing.
update ingest.dead_letters
set state = 'resolved', attempts = attempts + 1, next_retry_at = null
where id = any($1::bigint[])
