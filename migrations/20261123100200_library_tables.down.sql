-- Drops the library tables that these migrations made. No cascade: what others have built on them since
-- makes the undoing fail, and nothing is lost. That they are empty is the program's check.
do $$
begin
    if exists (select from ingest.made_objects where object = 'table public.liked_tracks') then
        drop table if exists public.liked_tracks;
    end if;
    if exists (select from ingest.made_objects where object = 'table public.listening_history') then
        drop table if exists public.listening_history;
    end if;
    delete from ingest.made_objects
    where object in ('table public.liked_tracks', 'table public.listening_history');
end
$$;
