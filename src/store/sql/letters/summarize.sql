-- Letters of each reason by state, with the ages of those that are not settled.
select
    reason,
    count(*) filter (where state = 'open') as "open!",
    count(*) filter (where state = 'waiting') as "waiting!",
    count(*) filter (where state = 'resolved') as "resolved!",
    count(*) filter (where state = 'discarded') as "discarded!",
    min(first_failed_at) filter (where state in ('open', 'waiting')) as oldest_at,
    max(first_failed_at) filter (where state in ('open', 'waiting')) as newest_at
from ingest.dead_letters
where consumer_group = $1
group by reason
order by reason
