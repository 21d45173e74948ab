-- The ledger of a group by topic.
select
    topic,
    sum(inserted)::bigint as "inserted!",
    sum(updated)::bigint as "updated!",
    sum(removed)::bigint as "removed!",
    sum(unchanged)::bigint as "unchanged!",
    sum(dead_lettered)::bigint as "dead_lettered!",
    sum(skipped)::bigint as "skipped!"
from ingest.progress
where consumer_group = $1
group by topic
order by topic
