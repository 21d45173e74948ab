-- Letters that a person gives up; they stay, marked.
update ingest.dead_letters
set state = 'discarded', next_retry_at = null
where id in (
    select id from ingest.dead_letters where id = any($1::bigint[]) and state = any($2::text[]) order by id for update
)
