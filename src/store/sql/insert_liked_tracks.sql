-- A pair that somebody else inserted meanwhile is not returned: the caller looks at its row again.
insert into public.liked_tracks (user_id, track_id, created_at, updated_at, notes)
select pair.user_id, pair.track_id, pair.created_at, pair.updated_at, pair.notes
from unnest($1::uuid[], $2::uuid[], $3::timestamp[], $4::timestamp[], $5::text[])
    as pair (user_id, track_id, created_at, updated_at, notes)
on conflict (user_id, track_id) do nothing
returning user_id, track_id
