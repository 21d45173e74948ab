-- How much there is in the tables that people look at.
select
    (select count(*) from public.listening_history) as "listening_history!",
    (select count(*) from public.liked_tracks) as "liked_tracks!",
    (select count(*) from ingest.dead_letters where consumer_group = $1) as "dead_letters!"
