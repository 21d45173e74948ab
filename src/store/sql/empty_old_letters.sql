-- Letters that nobody needs any more keep their coordinates, not their content.
update ingest.dead_letters
set record_key = null, record_value = null, record_headers = '[]'
where id in (
    select id
    from ingest.dead_letters
    where consumer_group = $1
        and state in ('resolved', 'discarded')
        and last_failed_at < now() - $2::double precision * interval '1 second'
        and (record_key is not null or record_value is not null or record_headers <> '[]')
    order by id
    limit $3
    for update skip locked
)
