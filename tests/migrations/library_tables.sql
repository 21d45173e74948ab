-- The library tables as the backend has them, under names of their own for keys and indexes.
create table public.listening_history (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    track_id uuid not null,
    played_for integer not null default 0,
    completed boolean not null default false,
    source character varying(50),
    played_at timestamp without time zone not null default now(),
    created_at timestamp without time zone not null default now(),
    constraint pk_listening_history primary key (id),
    constraint fk_history_user foreign key (user_id) references public.users (id) on delete cascade,
    constraint fk_history_track foreign key (track_id) references public.tracks (id) on delete cascade
);
create index ix_listening_history_id on public.listening_history (id);
create index ix_listening_history_user_id on public.listening_history (user_id);
create index ix_listening_history_track_id on public.listening_history (track_id);
create index ix_listening_history_played_at on public.listening_history (played_at);
create index ix_listening_history_user_played on public.listening_history (user_id, played_at);
create index ix_listening_history_user_track on public.listening_history (user_id, track_id);
create table public.liked_tracks (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    track_id uuid not null,
    notes character varying(1000),
    created_at timestamp without time zone not null default now(),
    updated_at timestamp without time zone not null default now(),
    constraint pk_liked_tracks primary key (id),
    constraint uq_liked unique (user_id, track_id),
    constraint fk_liked_user foreign key (user_id) references public.users (id) on delete cascade,
    constraint fk_liked_track foreign key (track_id) references public.tracks (id) on delete cascade
);
create index ix_liked_tracks_id on public.liked_tracks (id);
create index ix_liked_tracks_user_id on public.liked_tracks (user_id);
create index ix_liked_tracks_track_id on public.liked_tracks (track_id);
create index ix_liked_tracks_user_track on public.liked_tracks (user_id, track_id);
