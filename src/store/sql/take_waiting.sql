-- Waiting letters that are due and whose parents have appeared. Other workers pass over those that are taken.
select
    letter.id, letter.topic, letter.partition, letter.record_offset,
    (extract(epoch from letter.record_timestamp) * 1000)::bigint as record_timestamp,
    letter.record_key, letter.record_value, letter.record_headers
from ingest.dead_letters as letter
where letter.consumer_group = $1
    and letter.state = 'waiting'
    and letter.next_retry_at <= now()
    and (letter.missing_user_id is null or exists (select from public.users where users.id = letter.missing_user_id))
    and (
        letter.missing_track_id is null
        or exists (select from public.tracks where tracks.id = letter.missing_track_id)
    )
order by letter.id
limit $2
for update skip locked
