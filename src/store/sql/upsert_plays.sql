-- Inserts plays and merges them into the same plays that are there. A row that would change nothing, or whose
-- id a concurrent transaction gave to another play, is in neither list: the caller looks again.
with written as (
    insert into public.listening_history as stored (id, user_id, track_id, played_at, played_for, completed, source)
    select row.id, row.user_id, row.track_id, row.played_at, row.played_for, row.completed, row.source
    from unnest(
        $1::uuid[], $2::uuid[], $3::uuid[], $4::timestamp[], $5::integer[], $6::boolean[], $7::text[]
    ) as row (id, user_id, track_id, played_at, played_for, completed, source)
    on conflict (id) do update set
        played_for = greatest(stored.played_for, excluded.played_for),
        completed = stored.completed or excluded.completed,
        source = greatest(stored.source collate "C", excluded.source collate "C")
    where stored.user_id = excluded.user_id
        and stored.track_id = excluded.track_id
        and stored.played_at = excluded.played_at
        and (
            stored.played_for < excluded.played_for
            or (excluded.completed and not stored.completed)
            or (
                excluded.source is not null
                and coalesce(stored.source collate "C" < excluded.source collate "C", true)
            )
        )
    -- a row version that this very statement created has no deleter yet
    returning stored.id, (stored.xmax = 0) as inserted
)
select
    coalesce(array_agg(id) filter (where inserted), '{}') as "inserted!: Vec<uuid::Uuid>",
    coalesce(array_agg(id) filter (where not inserted), '{}') as "updated!: Vec<uuid::Uuid>"
from written
