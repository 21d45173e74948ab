-- The rows of the pairs that have one, locked, so that the backend's own edits come before or after this
-- transaction. A statement of its own: it has to see what was committed while the states were waited for.
select liked.user_id, liked.track_id,
    liked.created_at as "created_at: Moment", liked.updated_at as "updated_at: Moment", liked.notes
from public.liked_tracks as liked
join unnest($1::uuid[], $2::uuid[]) as pair (user_id, track_id)
    on pair.user_id = liked.user_id and pair.track_id = liked.track_id
order by liked.user_id, liked.track_id
for no key update of liked
