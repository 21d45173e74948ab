-- Waiting letters that are due while a parent is still missing: a join on the parents, without a look at the
-- records. Those whose patience has ended get the state that the settings say.
with due as (
    select letter.id
    from ingest.dead_letters as letter
    where letter.consumer_group = $1
        and letter.state = 'waiting'
        and letter.next_retry_at <= now()
        and (
            not exists (select from public.users where users.id = letter.missing_user_id)
            and letter.missing_user_id is not null
            or not exists (select from public.tracks where tracks.id = letter.missing_track_id)
            and letter.missing_track_id is not null
        )
    order by letter.id
    limit $5
    for update skip locked
)
update ingest.dead_letters as letter
set attempts = letter.attempts + 1,
    last_failed_at = now(),
    state = case
        when now() - letter.first_failed_at >= $2::double precision * interval '1 second' then $3 else 'waiting'
    end,
    next_retry_at = case
        when now() - letter.first_failed_at < $2::double precision * interval '1 second'
        then now() + least(
            interval '5 minutes', $4::double precision * interval '1 second' * power(2, least(letter.attempts, 20))
        )
    end
from due
where letter.id = due.id
