update public.liked_tracks as liked
set created_at = pair.created_at, updated_at = pair.updated_at, notes = pair.notes
from unnest($1::uuid[], $2::uuid[], $3::timestamp[], $4::timestamp[], $5::text[])
    as pair (user_id, track_id, created_at, updated_at, notes)
where liked.user_id = pair.user_id and liked.track_id = pair.track_id
