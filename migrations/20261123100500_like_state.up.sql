-- What liked_tracks cannot remember: a pair that was unliked, and its first like. Without it a replayed like
-- would bring a removed row back. No foreign keys: with them the backend's own deletes died of deadlocks.
create table ingest.like_state (
    user_id uuid not null,
    track_id uuid not null,
    first_liked_at timestamp,
    last_liked_at timestamp,
    unliked_at timestamp,
    primary key (user_id, track_id),
    constraint like_state_times_check check (
        (first_liked_at is null) = (last_liked_at is null)
        and first_liked_at <= last_liked_at
        and (last_liked_at is not null or unliked_at is not null)
    )
)
-- a pair is updated in place: room on the page keeps these updates out of the index
with (fillfactor = 85);

comment on table ingest.like_state is
    'per user and track the times of likes and unlikes, from which liked_tracks follows; ids and times only, never notes';
comment on column ingest.like_state.user_id is
    'user of the pair; no foreign key, so the backend''s deletes never wait for this table';
comment on column ingest.like_state.track_id is
    'track of the pair; no foreign key, as for the user';
comment on column ingest.like_state.first_liked_at is
    'earliest like, UTC; null while only unlikes are known';
comment on column ingest.like_state.last_liked_at is
    'latest like, UTC; null while only unlikes are known';
comment on column ingest.like_state.unliked_at is
    'latest unlike, UTC; null while there was none';
