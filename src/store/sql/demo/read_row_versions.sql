-- How many rows there are, and a sum over the version of each: any insert, update or delete changes one of the two.
-- `xmin` is the transaction that wrote a version; locks do not touch it.
select
    count(*) as "rows!",
    coalesce(sum(hashtextextended(version, 0)::numeric), 0)::text as "sum!"
from (
    select 'play ' || id || ' ' || xmin as version from public.listening_history
    union all
    select 'like ' || id || ' ' || xmin from public.liked_tracks
    union all
    select 'state ' || user_id || ' ' || track_id || ' ' || xmin from ingest.like_state
) as versions
