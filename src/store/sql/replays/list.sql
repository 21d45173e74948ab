-- The replays of a group, the newest first.
select
    name, state, detail, client_group, only_kinds, only_users, rate, created_at, updated_at,
    inserted, updated, removed, unchanged, dead_lettered, skipped
from ingest.replays
where consumer_group = $1
order by created_at desc, name
