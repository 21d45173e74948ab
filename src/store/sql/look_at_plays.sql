-- The plays that are stored under these ids.
select id, user_id, track_id, played_at as "played_at: Moment", played_for, completed, source
from public.listening_history
where id = any($1::uuid[])
