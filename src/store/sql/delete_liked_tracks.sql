delete from public.liked_tracks as liked
using unnest($1::uuid[], $2::uuid[]) as pair (user_id, track_id)
where liked.user_id = pair.user_id and liked.track_id = pair.track_id
