-- What the tables hold of each pair, and whether its parents exist; one row a pair, in the order of the arrays.
select
    state.first_liked_at as "first_liked_at?: Moment",
    state.last_liked_at as "last_liked_at?: Moment",
    state.unliked_at as "unliked_at?: Moment",
    liked.created_at as "created_at?: Moment",
    liked.updated_at as "updated_at?: Moment",
    liked.notes as "notes?",
    exists (select from public.users where users.id = pair.user_id) as "user_exists!",
    exists (select from public.tracks where tracks.id = pair.track_id) as "track_exists!"
from unnest($1::uuid[], $2::uuid[]) with ordinality as pair (user_id, track_id, place)
left join ingest.like_state as state on state.user_id = pair.user_id and state.track_id = pair.track_id
left join public.liked_tracks as liked on liked.user_id = pair.user_id and liked.track_id = pair.track_id
order by pair.place
