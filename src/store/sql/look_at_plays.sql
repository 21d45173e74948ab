-- What is stored under the ids of the batch; nothing for ids that are free.
-- "place" is the row's place in the arrays, from 1.
select
    row.place::integer as "place!",
    (
        stored.user_id = row.user_id
        and stored.track_id = row.track_id
        and stored.played_at = row.played_at
    ) as "same!",
    (
        stored.played_for >= row.played_for
        and (stored.completed or not row.completed)
        and (row.source is null or coalesce(stored.source collate "C" >= row.source collate "C", false))
    ) as "covers!"
from unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::timestamp[], $5::integer[], $6::boolean[], $7::text[]
) with ordinality as row (id, user_id, track_id, played_at, played_for, completed, source, place)
join public.listening_history as stored on stored.id = row.id
