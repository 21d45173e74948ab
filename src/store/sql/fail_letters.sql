-- Letters that failed again, perhaps for another reason. Those that wait and still miss a parent go on waiting.
update ingest.dead_letters as letter
set attempts = letter.attempts + 1,
    last_failed_at = now(),
    reason = failed.reason,
    detail = failed.detail,
    sqlstate = failed.sqlstate,
    state = case when failed.waits and letter.state = 'waiting' then 'waiting' else 'open' end,
    missing_user_id = failed.missing_user_id,
    missing_track_id = failed.missing_track_id,
    next_retry_at = case
        when failed.waits and letter.state = 'waiting'
        then now() + least(
            interval '5 minutes', $8::double precision * interval '1 second' * power(2, least(letter.attempts, 20))
        )
    end
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::uuid[], $7::uuid[])
    as failed (id, reason, detail, sqlstate, waits, missing_user_id, missing_track_id)
where letter.id = failed.id
