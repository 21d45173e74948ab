-- Merges what a batch knows into the state of its pairs, and locks them: whoever changes the row of a pair
-- holds its state first. Gives the merged states.
insert into ingest.like_state as state (user_id, track_id, first_liked_at, last_liked_at, unliked_at)
select pair.user_id, pair.track_id, pair.first_liked_at, pair.last_liked_at, pair.unliked_at
from unnest($1::uuid[], $2::uuid[], $3::timestamp[], $4::timestamp[], $5::timestamp[])
    as pair (user_id, track_id, first_liked_at, last_liked_at, unliked_at)
on conflict (user_id, track_id) do update set
    first_liked_at = least(state.first_liked_at, excluded.first_liked_at),
    last_liked_at = greatest(state.last_liked_at, excluded.last_liked_at),
    unliked_at = greatest(state.unliked_at, excluded.unliked_at)
returning
    state.user_id, state.track_id,
    state.first_liked_at as "first_liked_at?: Moment",
    state.last_liked_at as "last_liked_at?: Moment",
    state.unliked_at as "unliked_at?: Moment"
