-- Letters that somebody may have to look at, by reason.
select
    reason,
    count(*) filter (where state = 'open') as "open!",
    count(*) filter (where state = 'waiting') as "waiting!",
    min(first_failed_at) filter (where state = 'waiting') as oldest_waiting_at
from ingest.dead_letters
where consumer_group = $1 and state in ('open', 'waiting')
group by reason
order by reason
