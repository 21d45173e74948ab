-- listening_history and liked_tracks belong to the backend (its revision 001_add_library_tables). They are
-- made here only where they are missing, exactly as there; tables that exist are left as they are. The
-- program compares those with the same definition before it gets here, and refuses where they differ.
do $$
declare
    revisions text[] := '{}';
begin
    if to_regclass('public.alembic_version') is not null then
        execute 'select coalesce(array_agg(version_num::text order by version_num), ''{}'')
                 from public.alembic_version' into revisions;
    end if;

    if to_regclass('public.listening_history') is null then
        create table public.listening_history (
            id uuid primary key default gen_random_uuid(),
            user_id uuid not null references public.users (id) on delete cascade,
            track_id uuid not null references public.tracks (id) on delete cascade,
            played_for integer not null default 0,
            completed boolean not null default false,
            source varchar(50),
            played_at timestamp not null default current_timestamp,
            created_at timestamp not null default current_timestamp
        );
        create index ix_listening_history_id on public.listening_history (id);
        create index ix_listening_history_user_id on public.listening_history (user_id);
        create index ix_listening_history_track_id on public.listening_history (track_id);
        create index ix_listening_history_played_at on public.listening_history (played_at);
        create index ix_listening_history_user_played on public.listening_history (user_id, played_at);
        create index ix_listening_history_user_track on public.listening_history (user_id, track_id);
        insert into ingest.made_objects (object, alembic_revisions)
        values ('table public.listening_history', revisions);
    end if;

    if to_regclass('public.liked_tracks') is null then
        create table public.liked_tracks (
            id uuid primary key default gen_random_uuid(),
            user_id uuid not null references public.users (id) on delete cascade,
            track_id uuid not null references public.tracks (id) on delete cascade,
            notes varchar(1000),
            created_at timestamp not null default current_timestamp,
            updated_at timestamp not null default current_timestamp,
            unique (user_id, track_id)
        );
        create index ix_liked_tracks_id on public.liked_tracks (id);
        create index ix_liked_tracks_user_id on public.liked_tracks (user_id);
        create index ix_liked_tracks_track_id on public.liked_tracks (track_id);
        create index ix_liked_tracks_user_track on public.liked_tracks (user_id, track_id);
        insert into ingest.made_objects (object, alembic_revisions)
        values ('table public.liked_tracks', revisions);
    end if;
end
$$;
