-- What the tables hold of each pair; one row a pair, in the order of the arrays. `offset 0` keeps each look-up one of its
-- own, by key: as joins, both tables would be read from end to end as long as they are small, at a cost that grows with them.
select
    state.first_liked_at as "first_liked_at?: Moment",
    state.last_liked_at as "last_liked_at?: Moment",
    state.unliked_at as "unliked_at?: Moment",
    liked.created_at as "created_at?: Moment",
    liked.updated_at as "updated_at?: Moment",
    liked.notes as "notes?"
from unnest($1::uuid[], $2::uuid[]) with ordinality as pair (user_id, track_id, place)
left join lateral (
    select * from ingest.like_state where user_id = pair.user_id and track_id = pair.track_id offset 0
) as state on true
left join lateral (
    select * from public.liked_tracks where user_id = pair.user_id and track_id = pair.track_id offset 0
) as liked on true
order by pair.place
