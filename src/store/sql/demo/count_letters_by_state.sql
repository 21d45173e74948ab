-- The dead letters of a group by reason and state.
select reason, state, count(*) as "letters!"
from ingest.dead_letters
where consumer_group = $1
group by reason, state
order by 3 desc, reason, state
