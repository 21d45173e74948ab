create table public.tracks (id uuid primary key default gen_random_uuid())
