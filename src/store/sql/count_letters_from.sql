-- Letters of a partition from an offset on, and how many of them still wait for somebody.
select count(*) as "all!", count(*) filter (where state in ('open', 'waiting')) as "unsettled!"
from ingest.dead_letters
where consumer_group = $1 and topic = $2 and partition = $3 and record_offset >= $4
